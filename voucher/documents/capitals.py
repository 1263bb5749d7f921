"""Amounts in words, as papers carry them beside the figures so that nobody can add a digit.

Chinese: 人民币大写 as the rules for filling in bills of exchange and settlement vouchers have them (People's Bank of
China, 支付结算办法, annex 1): begins with the currency and no gap; 整 after 元 and after 角, never after 分; zeros
inside are read once. English: whole units in words, the rest as a fraction.
"""

from voucher.money import Money, digits_of

_FIGURES = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("", "万", "亿", "万亿")
_PARTS = "角分厘"
_CURRENCIES_ZH = {
    "CNY": "人民币", "EUR": "欧元", "AUD": "澳大利亚元", "BHD": "巴林第纳尔", "CAD": "加拿大元", "CHF": "瑞士法郎", "CZK": "捷克克朗",
    "DKK": "丹麦克朗", "GBP": "英镑", "HKD": "港币", "HUF": "匈牙利福林", "INR": "印度卢比", "JPY": "日元", "KRW": "韩元", "MOP": "澳门元",
    "NOK": "挪威克朗", "NZD": "新西兰元", "PLN": "波兰兹罗提", "RON": "罗马尼亚列伊", "SEK": "瑞典克朗",
    "SGD": "新加坡元", "TND": "突尼斯第纳尔", "TWD": "新台币", "USD": "美元", "VND": "越南盾",
}
_CURRENCIES_EN = {
    "CNY": "yuan", "EUR": "euro", "AUD": "Australian dollars", "BHD": "Bahraini dinars", "CAD": "Canadian dollars",
    "CHF": "Swiss francs", "CZK": "Czech koruna", "DKK": "Danish kroner", "GBP": "pounds", "HKD": "Hong Kong dollars",
    "HUF": "forint", "INR": "Indian rupees", "JPY": "yen", "KRW": "won", "MOP": "Macao pataca", "NOK": "Norwegian kroner",
    "NZD": "New Zealand dollars", "PLN": "zloty", "RON": "Romanian lei", "SEK": "Swedish kronor",
    "SGD": "Singapore dollars", "TND": "Tunisian dinars", "TWD": "New Taiwan dollars", "USD": "US dollars", "VND": "dong",
}
_SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
          "seventeen eighteen nineteen").split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_THOUSANDS = ("", " thousand", " million", " billion", " trillion")


def in_capitals(money: Money, language: str) -> str:
    """An amount, not negative, in the words of a language: "zh", or "en" for every other.

    >>> in_capitals(Money(5400000, "CNY"), "zh"), in_capitals(Money(500000, "EUR"), "en")
    ('人民币伍万肆仟元整', 'five thousand euro and 00/100')
    """
    assert money.minor >= 0, f"{money} {money.currency}: no paper states a negative amount in words"
    whole, part = divmod(money.minor, 10 ** digits_of(money.currency))
    return _chinese(money.currency, whole, part) if language.startswith("zh") else _english(money.currency, whole, part)


def _chinese(currency: str, whole: int, part: int) -> str:
    digits = digits_of(currency)
    units = _whole_chinese(whole) + "元" if whole else ""
    parts = _parts_chinese(f"{part:0{digits}d}" if digits else "", after_units=bool(units))
    ending = "" if parts.endswith(tuple(_PARTS[1:])) else "整"
    return _CURRENCIES_ZH[currency] + ((units + parts) or "零元") + ending


def _whole_chinese(number: int) -> str:
    """A whole number above zero, four digits at a time: 10,007 is 壹万零柒."""
    said, gap = "", False
    for power in range(3, -1, -1):
        group = number // 10 ** (4 * power) % 10**4
        if group:
            said += ("零" if said and (gap or group < 1000) else "") + _group_chinese(group) + _GROUPS[power]
        gap = not group
    # 万亿 followed by 亿 says the 亿 once: 壹万亿 alone, but 壹万贰仟亿.
    return said.replace("万亿", "万", 1) if "万亿" in said and "亿" in said.split("万亿", 1)[1] else said


def _group_chinese(group: int) -> str:
    """A number below ten thousand; zeros inside are read once, zeros at either end not at all."""
    said, gap = "", False
    for place, figure in zip(_PLACES, f"{group:04d}", strict=True):
        if figure != "0":
            said += ("零" if said and gap else "") + _FIGURES[int(figure)] + place
        gap = figure == "0"
    return said


def _parts_chinese(figures: str, *, after_units: bool) -> str:
    """角, 分 and 厘; a zero before a figure is read when something stands before it."""
    said = ""
    for index, figure in enumerate(figures):
        if figure != "0":
            skipped = index > 0 and figures[index - 1] == "0" and (said or after_units)
            said += ("零" if skipped else "") + _FIGURES[int(figure)] + _PARTS[index]
    return said


def _english(currency: str, whole: int, part: int) -> str:
    digits = digits_of(currency)
    rest = f" and {part:0{digits}d}/{10**digits}" if digits else ""
    units = _CURRENCIES_EN[currency]
    return f"{_whole_english(whole)} {units.removesuffix('s') if whole == 1 else units}{rest}"


def _whole_english(number: int) -> str:
    if number == 0:
        return _SMALL[0]
    groups = []
    for power, name in enumerate(_THOUSANDS):
        group = number // 1000**power % 1000
        if group:
            groups.append(_hundreds(group) + name)
    return " ".join(reversed(groups))


def _hundreds(number: int) -> str:
    """A number from 1 to 999."""
    hundreds, rest = divmod(number, 100)
    said = [f"{_SMALL[hundreds]} hundred"] if hundreds else []
    if rest:
        tens, ones = divmod(rest, 10)
        said.append(_SMALL[rest] if rest < 20 else _TENS[tens] + (f"-{_SMALL[ones]}" if ones else ""))
    return " ".join(said)
