"""Payment files: ISO 20022 pain.001.001.09, one debtor account and one currency a file; and reading them back.

Euro files follow the SEPA credit transfer rulebook (IBANs, names up to 70 signs, town and country of the payer when money
leaves the EEA). Other currencies go with generic account numbers; in China the branch is named by its CNAPS code
(external clearing system code CNAPS). Names are kept as they are, in UTF-8: never cut, never respelled.

The schema is the one of the ISO 20022 message set of February 2019, as shipped by the package `sepaxml`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.resources import files

from lxml import etree

from voucher.bank import xml
from voucher.bank.accounts import Account, Address, problems_of, problems_of_text, tidy
from voucher.errors import NotValid, Problem, _, problem, refuse_if_any
from voucher.money import Money, total

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
SCHEMA = "schemas/pain.001.001.09.xsd"

LONGEST_ID = 35
LONGEST_REMITTANCE = 140
MOST_PAYMENTS = 20_000

# SEPA credit transfer rulebook: names have 70 signs at most, one payment is at most 999,999,999.99 euro.
LONGEST_SEPA_NAME = 70
LARGEST_SEPA = Money(99_999_999_999, "EUR")

# European Payments Council, list of SEPA scheme countries by the country of the IBAN.
EEA = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split())
SEPA = EEA | frozenset("AD AL CH GB GI MC MD ME MK RS SM VA".split())

# The signs that every bank takes in references (EPC217-08); a slash may not stand at an end or double.
_ID = re.compile(r"[A-Za-z0-9?:().,'+ -](?:/?[A-Za-z0-9?:().,'+ -])*", re.ASCII)
_SEPA_SIGNS = frozenset("0123456789 /-?:().,'+&\"!#%*;=_@$[]{}\\~^`’–")


@dataclass(frozen=True)
class Payment:
    """One sum to one payee. `end_to_end` comes back with the bank's statement; `remittance` is what the payee reads."""

    end_to_end: str
    amount: Money
    payee: Account
    remittance: str = ""


@dataclass(frozen=True)
class Instruction:
    """A payment file as it was read: `payments` in the order of the file, all from `debtor` in one currency."""

    message_id: str
    created_at: datetime
    execution_on: date
    debtor: Account
    payments: tuple[Payment, ...]

    @property
    def currency(self) -> str:
        """The currency of every payment in the file."""
        return self.payments[0].amount.currency

    @property
    def control_sum(self) -> Money:
        """The sum of all payments, as in CtrlSum."""
        return total((payment.amount for payment in self.payments), self.currency)


def write(message_id: str, created_at: datetime, execution_on: date, debtor: Account,
          payments: Sequence[Payment]) -> bytes:
    """The payment file, valid by its schema. The same input gives the same bytes.

    `message_id` is this file's own number (35 signs at most), never used twice. `created_at` is aware. Raises NotValid with
    all problems: repeated end-to-end ids, amounts that are not positive, mixed currencies, bad accounts, long names.
    """
    assert created_at.tzinfo is not None, "an instant is aware"
    instruction = Instruction(message_id, created_at.astimezone(UTC).replace(microsecond=0), execution_on, tidy(debtor),
                              tuple(replace(payment, payee=tidy(payment.payee)) for payment in payments))
    refuse_if_any(_problems(instruction), _("No payment file was made. Mend what is listed and try again."))
    content = xml.as_bytes(_document(instruction))
    refuse_if_any(schema_problems(content), _("The payment file would not be valid by its schema, so none was made."))
    assert _essence(read(content)) == _essence(instruction), "what was written is not what is read back"
    return content


def _essence(instruction: Instruction) -> list[tuple[object, ...]]:
    """What must never differ between our books and the file."""
    head = (instruction.message_id, instruction.execution_on, instruction.debtor.number, instruction.control_sum)
    return [head, *((each.end_to_end, each.amount, each.payee.number, each.payee.holder, each.remittance)
                    for each in instruction.payments)]


def schema_problems(content: bytes) -> list[Problem]:
    """Where a file departs from the schema of pain.001.001.09, with lines."""
    schema = _schema()
    if schema.validate(xml.parse(content)):
        return []
    return [problem(_("not valid by the schema: {reason}"), line=entry.line, reason=" ".join(entry.message.split()))
            for entry in xml.entries_of(schema.error_log)]


def _schema() -> etree.XMLSchema:
    """Made anew each time (4 ms): its log of errors belongs to one caller."""
    return etree.XMLSchema(etree.fromstring(files("sepaxml").joinpath(SCHEMA).read_bytes()))


# What is refused


def _problems(instruction: Instruction) -> list[Problem]:
    """Every rule, each on the whole file."""
    payments = instruction.payments
    if not payments:
        return [problem(_("There is no payment in the file."), "payments")]
    if len(payments) > MOST_PAYMENTS:
        return [problem(_("There are {count} payments; a file takes {most}. Make several files."), "payments",
                        count=len(payments), most=MOST_PAYMENTS)]
    found = _problems_of_id(instruction.message_id, "message_id") + problems_of(instruction.debtor, "debtor")
    found += _problems_of_currency(instruction) + _problems_of_repeats(payments)
    for number, payment in enumerate(payments):
        found += _problems_of_payment(payment, f"payments.{number}")
    return found + (_problems_of_sepa(instruction) if instruction.currency == "EUR" else [])


def _problems_of_id(text: str, where: str) -> list[Problem]:
    if len(text) <= LONGEST_ID and text == text.strip() and _ID.fullmatch(text):
        return []
    return [problem(_("{text} cannot be a reference in a bank file: 1 to 35 of the letters A to Z, digits and / - ? : ( ) . , ' + "
                      "are taken, and / neither at an end nor twice in a row."), where, text=text or "-")]


def _problems_of_currency(instruction: Instruction) -> list[Problem]:
    """One currency in the whole file; the accounts keep that currency too."""
    currency = instruction.currency
    wrong = _("This is in {currency}, the file is in {other}. Make one file for each currency.")
    found = [problem(wrong, f"payments.{number}.amount", currency=payment.amount.currency, other=currency)
             for number, payment in enumerate(instruction.payments) if payment.amount.currency != currency]
    found += [problem(wrong, f"payments.{number}.payee.currency", currency=payment.payee.currency, other=currency)
              for number, payment in enumerate(instruction.payments) if payment.payee.currency != currency]
    if instruction.debtor.currency != currency:
        found.append(problem(wrong, "debtor.currency", currency=instruction.debtor.currency, other=currency))
    return found


def _problems_of_repeats(payments: Iterable[Payment]) -> list[Problem]:
    """An end-to-end id stands for one payment: a repeated one could be paid twice or matched wrongly."""
    places: dict[str, list[int]] = {}
    for number, payment in enumerate(payments):
        places.setdefault(payment.end_to_end, []).append(number)
    return [problem(_("The end-to-end id {text} stands at {places}; each may stand once."),
                    f"payments.{numbers[-1]}.end_to_end", text=text, places=", ".join(f"payments.{each}" for each in numbers))
            for text, numbers in places.items() if len(numbers) > 1]


def _problems_of_payment(payment: Payment, where: str) -> list[Problem]:
    found = _problems_of_id(payment.end_to_end, f"{where}.end_to_end")
    if payment.end_to_end.upper() == "NOTPROVIDED":
        found.append(problem(_("NOTPROVIDED is what banks write for no reference. Give the payment its own."),
                             f"{where}.end_to_end"))
    if payment.amount.minor <= 0:
        found.append(problem(_("The amount is {amount}: only amounts above zero can be paid."), f"{where}.amount",
                             amount=str(payment.amount)))
    found += problems_of_text(payment.remittance, f"{where}.remittance", LONGEST_REMITTANCE)
    if payment.remittance != " ".join(payment.remittance.split()):
        found.append(problem(_("The text for the payee has spaces at an end, doubled spaces or line breaks."), f"{where}.remittance"))
    return found + problems_of(payment.payee, f"{where}.payee")


# What SEPA asks besides


def _problems_of_sepa(instruction: Instruction) -> list[Problem]:
    found = _problems_of_sepa_party(instruction.debtor, "debtor")
    for number, payment in enumerate(instruction.payments):
        where = f"payments.{number}"
        found += _problems_of_sepa_party(payment.payee, f"{where}.payee")
        found += _problems_of_sepa_signs(payment.remittance, f"{where}.remittance")
        if payment.amount.currency == "EUR" and payment.amount > LARGEST_SEPA:
            found.append(problem(_("{amount} euro is more than one SEPA payment may be ({largest})."), f"{where}.amount",
                                 amount=str(payment.amount), largest=str(LARGEST_SEPA)))
    return found + _problems_of_payer_address(instruction)


def _problems_of_payer_address(instruction: Instruction) -> list[Problem]:
    """The rulebook wants the payer's address when a bank of the payment is outside the EEA."""
    countries = Counter(payment.payee.country for payment in instruction.payments)
    countries[instruction.debtor.country] += 1
    outside = sorted(country for country in countries if country in SEPA - EEA)
    if instruction.debtor.address is not None or not outside:
        return []
    return [problem(_("Money to or from {countries} needs the payer's address: give town and country of the debtor."),
                    "debtor.address", countries=", ".join(outside))]


def _problems_of_sepa_party(account: Account, where: str) -> list[Problem]:
    found = _problems_of_sepa_signs(account.holder, f"{where}.holder")
    if len(account.holder) > LONGEST_SEPA_NAME:
        found += problems_of_text(account.holder, f"{where}.holder", LONGEST_SEPA_NAME)[:1]
    if account.country not in SEPA:
        found.append(problem(_("{number} is not an account in a SEPA country. Euro files go to IBANs in SEPA only."),
                             f"{where}.number", number=account.number or "-"))
    if account.address is not None:
        found += _problems_of_sepa_signs(account.address.town, f"{where}.address.town")
    return found


def _problems_of_sepa_signs(text: str, where: str) -> list[Problem]:
    """European letters pass; a Chinese name must be given in Latin letters by its owner, we do not respell it."""
    foreign = "".join(dict.fromkeys(sign for sign in text if not _is_european(sign)))
    if not foreign:
        return []
    return [problem(_("SEPA banks do not take {signs}. Give the name in Latin letters as the bank knows it; we never respell it."),
                    where, signs=foreign)]


def _is_european(sign: str) -> bool:
    if sign in _SEPA_SIGNS:
        return True
    return sign.isalpha() and unicodedata.name(sign, "").startswith(("LATIN ", "GREEK ", "CYRILLIC "))


# Writing


def _document(instruction: Instruction) -> etree._Element:
    root = xml.document(NAMESPACE)
    body = xml.put(root, "CstmrCdtTrfInitn")
    header = xml.put(body, "GrpHdr")
    xml.put(header, "MsgId", instruction.message_id)
    xml.put(header, "CreDtTm", instruction.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _put_control(header, instruction)
    xml.put(header, "InitgPty/Nm", instruction.debtor.holder)
    _put_instruction(xml.put(body, "PmtInf"), instruction)
    return root


def _put_control(parent: etree._Element, instruction: Instruction) -> None:
    xml.put(parent, "NbOfTxs", str(len(instruction.payments)))
    xml.put(parent, "CtrlSum", str(instruction.control_sum))


def _put_instruction(parent: etree._Element, instruction: Instruction) -> None:
    """Batch booking is off: each payment is its own line in the statement, so that each can be matched."""
    is_sepa = instruction.currency == "EUR"
    xml.put(parent, "PmtInfId", instruction.message_id)
    xml.put(parent, "PmtMtd", "TRF")
    xml.put(parent, "BtchBookg", "false")
    _put_control(parent, instruction)
    if is_sepa:
        xml.put(parent, "PmtTpInf/SvcLvl/Cd", "SEPA")
    xml.put(parent, "ReqdExctnDt/Dt", instruction.execution_on.isoformat())
    _put_party(parent, "Dbtr", instruction.debtor)
    _put_account(parent, "DbtrAcct", instruction.debtor)
    _put_bank(parent, "DbtrAgt", instruction.debtor)
    # SEPA shares charges; elsewhere the payer bears them, so that the payee gets what was approved to the cent.
    xml.put(parent, "ChrgBr", "SLEV" if is_sepa else "DEBT")
    for payment in instruction.payments:
        _put_payment(xml.put(parent, "CdtTrfTxInf"), payment)


def _put_payment(parent: etree._Element, payment: Payment) -> None:
    xml.put(parent, "PmtId/EndToEndId", payment.end_to_end)
    xml.put(parent, "Amt/InstdAmt", str(payment.amount), Ccy=payment.amount.currency)
    if payment.payee.bank_code:
        _put_bank(parent, "CdtrAgt", payment.payee)
    _put_party(parent, "Cdtr", payment.payee)
    _put_account(parent, "CdtrAcct", payment.payee)
    if payment.remittance:
        xml.put(parent, "RmtInf/Ustrd", payment.remittance)


def _put_party(parent: etree._Element, name: str, account: Account) -> None:
    party = xml.put(parent, name)
    xml.put(party, "Nm", account.holder)
    if account.address is not None:
        place = xml.put(party, "PstlAdr")
        xml.put(place, "TwnNm", account.address.town)
        xml.put(place, "Ctry", account.address.country)


def _put_account(parent: etree._Element, name: str, account: Account) -> None:
    place = xml.put(parent, name)
    xml.put(place, "Id/IBAN" if account.is_iban else "Id/Othr/Id", account.number)
    # SEPA takes nothing but the IBAN of a payee.
    if account.currency != "EUR" or name == "DbtrAcct":
        xml.put(place, "Ccy", account.currency)


def _put_bank(parent: etree._Element, name: str, account: Account) -> None:
    bank = xml.put(parent, f"{name}/FinInstnId")
    if account.country == "CN":
        member = xml.put(bank, "ClrSysMmbId")
        xml.put(member, "ClrSysId/Cd", "CNAPS")
        xml.put(member, "MmbId", account.bank_code)
    elif account.bank_code:
        xml.put(bank, "BICFI", account.bank_code)
    # SEPA takes nothing but the BIC here, or the word for none.
    if account.bank_name and account.currency != "EUR":
        xml.put(bank, "Nm", account.bank_name)
    if not account.bank_code:
        xml.put(bank, "Othr/Id", "NOTPROVIDED")


# Reading


def read(content: bytes) -> Instruction:
    """What a payment file says. Raises NotValid: not XML, another message, not valid by the schema, sums that do not agree."""
    root = xml.parse(content)
    if xml.namespace_of(root) != NAMESPACE:
        raise NotValid(_("This file is not a pain.001.001.09 but {name}."), name=xml.namespace_of(root) or xml.name_of(root))
    refuse_if_any(schema_problems(content), _("This payment file is not valid by its schema."))
    body = xml.find_all(root, "CstmrCdtTrfInitn")[0]
    parts = xml.find_all(body, "PmtInf")
    if len(parts) > 1:
        raise NotValid(_("This payment file has {count} parts (PmtInf); one is read."), count=len(parts))
    instruction = _read_instruction(body, parts[0])
    refuse_if_any(_problems_of_control(body, instruction), _("The sums of this payment file do not agree."))
    return instruction


def _read_instruction(body: etree._Element, part: etree._Element) -> Instruction:
    payments = tuple(_read_payment(each) for each in xml.find_all(part, "CdtTrfTxInf"))
    created_at = datetime.fromisoformat(xml.text_of(body, "GrpHdr/CreDtTm"))
    return Instruction(
        message_id=xml.text_of(body, "GrpHdr/MsgId"), created_at=created_at,
        execution_on=date.fromisoformat(xml.text_of(part, "ReqdExctnDt/Dt")),
        debtor=_read_account(part, "Dbtr", payments[0].amount.currency), payments=payments)


def _read_payment(element: etree._Element) -> Payment:
    amount = xml.find_all(element, "Amt/InstdAmt")[0]
    money = Money.parse(xml.text_of(amount), amount.get("Ccy", ""))
    return Payment(xml.text_of(element, "PmtId/EndToEndId"), money, _read_account(element, "Cdtr", money.currency),
                   xml.text_of(element, "RmtInf/Ustrd"))


def _read_account(element: etree._Element, party: str, currency: str) -> Account:
    bank = f"{party}Agt/FinInstnId"
    town, country = (xml.text_of(element, f"{party}/PstlAdr/{name}") for name in ("TwnNm", "Ctry"))
    return tidy(Account(
        holder=xml.text_of(element, f"{party}/Nm"),
        number=xml.text_of(element, f"{party}Acct/Id/IBAN", f"{party}Acct/Id/Othr/Id"),
        currency=xml.text_of(element, f"{party}Acct/Ccy") or currency,
        bank_name=xml.text_of(element, f"{bank}/Nm"),
        bank_code=xml.text_of(element, f"{bank}/BICFI", f"{bank}/ClrSysMmbId/MmbId"),
        address=Address(town, country) if town else None))


def _problems_of_control(body: etree._Element, instruction: Instruction) -> Iterable[Problem]:
    """Number and sum, in the header and in the part, must be those of the payments."""
    for place in ("GrpHdr", "PmtInf"):
        said = xml.text_of(body, f"{place}/NbOfTxs")
        if said and int(said) != len(instruction.payments):
            yield problem(_("The file says {said} payments, there are {count}."), f"{place}.NbOfTxs",
                          said=said, count=len(instruction.payments))
        said = xml.text_of(body, f"{place}/CtrlSum")
        if said and Money.parse(said, instruction.currency) != instruction.control_sum:
            yield problem(_("The file says a sum of {said}, the payments sum to {sum}."), f"{place}.CtrlSum",
                          said=said, sum=str(instruction.control_sum))
