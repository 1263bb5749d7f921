"""Terms: what one version of a programme's rules says.

The classes of this package *are* the vocabulary of a terms file: each field is a key, its annotation the kind of value, its
`key(...)` what the key means. The marshmallow schemas, the JSON Schema for editors and the reference page are all made
from here, so that they cannot disagree. Source of the parameters: the published rules of a dozen programmes in China and
Europe, named in the files under examples/.
"""

from voucher.programmes.terms.approval import ApprovalLevel
from voucher.programmes.terms.awards import Award, Threshold
from voucher.programmes.terms.clawback import Clawback
from voucher.programmes.terms.condition import ALWAYS, Condition
from voucher.programmes.terms.costs import CostRange, Price
from voucher.programmes.terms.deadlines import Awaited
from voucher.programmes.terms.evidence import Evidence
from voucher.programmes.terms.exclusions import Exclusion, Relation, Relations
from voucher.programmes.terms.funders import Funder, FundLines, Split
from voucher.programmes.terms.keys import Code, Country, Currency, YearDay, Zone, key
from voucher.programmes.terms.limits import Cap, CountLimit, Cut, Minimum, Notes
from voucher.programmes.terms.mandate import Mandate
from voucher.programmes.terms.names import Clause, Names, cited
from voucher.programmes.terms.notice import Carried, Notice, Reopening, Shown
from voucher.programmes.terms.own_share import OwnShare, Vat
from voucher.programmes.terms.payout import Instalment, Payout, Rhythm
from voucher.programmes.terms.periods import Period
from voucher.programmes.terms.programme import Office, Programme, Round
from voucher.programmes.terms.rates import Band, Part, RateRule, Rounding, RoundingRule
from voucher.programmes.terms.services import Group, Service
from voucher.programmes.terms.subjects import FirmClass, SubjectKind
from voucher.programmes.terms.terms import Disallowed, Kinder, Model, Terms
from voucher.programmes.terms.validity import Extension, Happening, Validity, next_day
from voucher.programmes.terms.waiting import Queue, WaitingList

__all__ = [
    "ALWAYS", "ApprovalLevel", "Awaited", "Award", "Band", "Cap", "Carried", "Clause", "Clawback", "Code", "Condition", "CostRange",
    "CountLimit", "Country", "Currency", "Cut", "Disallowed", "Evidence", "Exclusion", "Extension", "FirmClass", "FundLines", "Funder",
    "Group", "Happening", "Instalment", "Kinder", "Mandate", "Minimum", "Model", "Names", "Notes", "Notice", "Office", "OwnShare", "Part",
    "Payout", "Period", "Price", "Programme", "Queue", "RateRule", "Relation", "Relations", "Reopening", "Rhythm", "Round", "Rounding",
    "RoundingRule", "Service", "Shown", "Split", "SubjectKind", "Terms", "Threshold", "Validity", "Vat", "WaitingList", "YearDay", "Zone",
    "cited", "key", "next_day",
]
