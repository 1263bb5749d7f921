"""Bank accounts: who holds one, its number, its bank; and every problem that would make a payment come back.

Where a country has IBANs, the IBAN is checked (ISO 13616: length, form, check digits). Chinese accounts are digits, and
the branch is named by its 12-digit CNAPS code. We check shapes; whether the account exists only the bank knows.
"""

import re
import unicodedata
from dataclasses import dataclass, replace

from schwifty import BIC, IBAN, registry
from schwifty.exceptions import SchwiftyException

from voucher.errors import Problem, _, problem, refuse_if_any
from voucher.money import CURRENCIES

# The longest name that ISO 20022 carries (Max140Text); a scheme may allow less.
LONGEST_NAME = 140
LONGEST_TOWN = 35

_IBAN_LIKE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,}", re.ASCII)
_CHINESE_NUMBER = re.compile(r"[0-9]{8,32}", re.ASCII)
_CNAPS = re.compile(r"[0-9]{12}", re.ASCII)
_OTHER_NUMBER = re.compile(r"[A-Za-z0-9-]{4,34}", re.ASCII)
_BIC_LIKE = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


@dataclass(frozen=True)
class Address:
    """The least that a payment scheme takes as an address: town and country (ISO 3166, two letters)."""

    town: str
    country: str


@dataclass(frozen=True)
class Account:
    """A bank account as its holder wrote it. `tidy` and `checked` bring it into the form in which it is kept.

    `number`: an IBAN, or the plain number where the country has none. `bank_code`: the BIC, or the 12-digit CNAPS code in
    China. `country`: where the account is kept (ISO 3166, two letters). An IBAN or a CNAPS code tells it by itself, whatever
    was given: a firm may keep its account in another country than its own. `address`: the holder's, only where a payment
    scheme wants one.
    """

    holder: str
    number: str
    currency: str
    bank_name: str = ""
    bank_code: str = ""
    country: str = ""
    address: Address | None = None

    @property
    def is_iban(self) -> bool:
        """Whether the number is an IBAN (for a checked account)."""
        return _has_ibans(self.country)


def tidy(account: Account) -> Account:
    """Spaces taken out of numbers and codes, letters in capitals, spaces of the name folded, the country filled in."""
    number = "".join(account.number.split())
    number = number.upper() if _looks_like_iban(number.upper()) else number
    code = "".join(account.bank_code.split()).upper()
    country = _country(number, code) or account.country.strip().upper() or ("CN" if account.currency == "CNY" else "")
    return replace(account, holder=_folded(account.holder), number=number, bank_code=code, country=country,
                   bank_name=_folded(account.bank_name))


def _folded(text: str) -> str:
    return " ".join(text.split())


def _looks_like_iban(number: str) -> bool:
    return bool(_IBAN_LIKE.fullmatch(number)) and _has_ibans(number[:2])


def _country(number: str, bank_code: str) -> str:
    """The country that the number or the bank's code tells; "" when neither does. A BIC tells it only without IBAN."""
    if _looks_like_iban(number):
        return number[:2]
    if _CNAPS.fullmatch(bank_code) and number.isdigit():
        return "CN"
    return bank_code[4:6] if _BIC_LIKE.fullmatch(bank_code) and not _has_ibans(bank_code[4:6]) else ""


def _has_ibans(country: str) -> bool:
    try:
        registry.get_iban_spec(country)
    except SchwiftyException:
        return False
    return True


def checked(account: Account) -> Account:
    """The tidy account. Raises NotValid with all problems at once."""
    kept = tidy(account)
    refuse_if_any(problems_of(kept), _("The bank account is not valid. Mend what is listed."))
    return kept


def problems_of(account: Account, where: str = "") -> list[Problem]:
    """Everything that is wrong with a tidy account. `where` names it, such as `payments.3.payee`."""
    prefix = f"{where}." if where else ""
    found = problems_of_text(account.holder, f"{prefix}holder", LONGEST_NAME)
    if not account.holder:
        found.append(problem(_("The name of the account holder is missing."), f"{prefix}holder"))
    found += problems_of_text(account.bank_name, f"{prefix}bank_name", LONGEST_NAME)
    if account.currency not in CURRENCIES:
        found.append(problem(_("{currency} is not a currency of these books. Use one of {currencies}."),
                             f"{prefix}currency", currency=account.currency or "-", currencies=", ".join(CURRENCIES)))
    found += _problems_of_place(account, prefix)
    return found + _problems_of_address(account.address, prefix)


def _problems_of_place(account: Account, prefix: str) -> list[Problem]:
    if not _COUNTRY.fullmatch(account.country):
        return [problem(_("The country of the account is missing. Write the two letters of ISO 3166, such as CN or LV."),
                        f"{prefix}country")]
    if _has_ibans(account.country):
        return _problems_of_iban(account, prefix) + _problems_of_bic(account, prefix)
    if account.country == "CN":
        return _problems_in_china(account, prefix)
    found = [] if account.bank_code else [problem(_("The BIC of the bank is missing."), f"{prefix}bank_code")]
    if not _OTHER_NUMBER.fullmatch(account.number):
        found.append(problem(_("{number} is not an account number: 4 to 34 letters, digits and hyphens are."),
                             f"{prefix}number", number=account.number or "-"))
    return found + _problems_of_bic(account, prefix)


def _problems_of_iban(account: Account, prefix: str) -> list[Problem]:
    try:
        IBAN(account.number)
    except SchwiftyException as error:
        return [problem(_("{number} is not an IBAN ({reason}). Accounts in {country} have one; check each sign."),
                        f"{prefix}number", number=account.number or "-", reason=str(error), country=account.country)]
    return []


def _problems_of_bic(account: Account, prefix: str) -> list[Problem]:
    if not account.bank_code:
        return []
    try:
        BIC(account.bank_code)
    except SchwiftyException as error:
        return [problem(_("{code} is not a BIC ({reason}). It has 8 or 11 signs, such as UNLALV2X."), f"{prefix}bank_code",
                        code=account.bank_code, reason=str(error))]
    return []


def _problems_in_china(account: Account, prefix: str) -> list[Problem]:
    found = []
    if not _CHINESE_NUMBER.fullmatch(account.number):
        found.append(problem(_("{number} is not a Chinese account number: it has 8 to 32 digits and nothing else."),
                             f"{prefix}number", number=account.number or "-"))
    if not _CNAPS.fullmatch(account.bank_code):
        found.append(problem(_("{code} is not the code of a Chinese bank branch: the CNAPS code has 12 digits."),
                             f"{prefix}bank_code", code=account.bank_code or "-"))
    return found


def _problems_of_address(address: Address | None, prefix: str) -> list[Problem]:
    if address is None:
        return []
    found = problems_of_text(address.town, f"{prefix}address.town", LONGEST_TOWN)
    if not address.town.strip():
        found.append(problem(_("The town is missing: an address has town and country."), f"{prefix}address.town"))
    if not _COUNTRY.fullmatch(address.country):
        found.append(problem(_("The country is missing: write the two letters of ISO 3166, such as CN or LV."),
                             f"{prefix}address.country"))
    return found


def problems_of_text(text: str, where: str, longest: int) -> list[Problem]:
    """What keeps a text out of a bank file: too long (it is never cut), or signs that nobody can see.

    Unassigned signs pass: they are rare Chinese characters younger than this Python.
    """
    found = []
    if len(text) > longest:
        found.append(problem(_("{text} has {length} signs; the bank takes {longest}. Shorten it yourself: we never cut a name."),
                             where, text=text, length=len(text), longest=longest))
    hidden = sorted({sign for sign in text if _is_hidden(sign)})
    if hidden:
        found.append(problem(_("The text holds signs that cannot be seen or sent ({signs}). Type it again."),
                             where, signs=", ".join(f"U+{ord(sign):04X}" for sign in hidden)))
    return found


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or sign in "\ufffd\ufffe\uffff"
