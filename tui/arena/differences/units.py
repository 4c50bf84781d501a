"""Spellings of units and currencies."""

import re

_SPELLINGS = {
    "%": "% percent per\u00a0cent pct 个百分点",
    "km": "km kilometer kilometre 公里 千米",
    "m": "m meter metre 米",
    "cm": "cm centimeter centimetre 厘米 公分",
    "mm": "mm millimeter millimetre 毫米",
    "nm": "nm nanometer nanometre 纳米",
    "mi": "mi mile 英里",
    "ft": "ft foot feet 英尺",
    "inch": "inch inches 英寸",
    "kg": "kg kilogram kilogramme kilo 公斤 千克",
    "g": "g gram gramme 克",
    "mg": "mg milligram 毫克",
    "t": "t ton tonne 吨",
    "lb": "lb lbs pound 磅",
    "oz": "oz ounce 盎司",
    "l": "l L liter litre 升",
    "ml": "ml mL milliliter millilitre 毫升",
    "km/h": "km/h kph kmh 公里/小时 千米/小时",
    "m/s": "m/s 米/秒",
    "mph": "mph",
    "km²": "km² km^2 km2 平方公里 平方千米",
    "m²": "m² m^2 m2 平方米",
    "m³": "m³ m^3 m3 立方米",
    "s": "s sec second 秒 秒钟",
    "ms": "ms millisecond 毫秒",
    "min": "min minute 分钟",
    "h": "h hr hrs hour 小时 个小时",
    "day": "day 天",
    "week": "week 周 个星期 星期",
    "month": "month 个月",
    "year": "year yr yrs 年",
    "century": "century centuries 世纪 个世纪",
    "°C": "°C ℃ 摄氏度 degrees\u00a0Celsius",
    "°F": "°F ℉ 华氏度 degrees\u00a0Fahrenheit",
    "°": "° degree 度",
    "K": "K kelvin",
    "Hz": "Hz hertz 赫兹",
    "kHz": "kHz",
    "MHz": "MHz",
    "GHz": "GHz",
    "W": "W watt 瓦 瓦特",
    "kW": "kW kilowatt 千瓦",
    "MW": "MW megawatt",
    "kWh": "kWh 千瓦时",
    "V": "V volt 伏 伏特",
    "J": "J joule 焦耳",
    "kJ": "kJ",
    "kcal": "kcal 千卡 大卡",
    "N": "N newton 牛顿",
    "Pa": "Pa pascal 帕",
    "B": "byte 字节",
    "KB": "KB",
    "MB": "MB",
    "GB": "GB",
    "TB": "TB",
    "USD": "USD US$ $ dollar 美元 美金",
    "EUR": "EUR € euro 欧元",
    "GBP": "GBP £ 英镑",
    "CNY": "CNY RMB yuan 人民币 元 块钱",
    "JPY": "JPY yen 日元",
    "¥": "¥ ￥",
}
_UNIT_OF = {word.replace("\u00a0", " "): unit for unit, words in _SPELLINGS.items() for word in words.split(" ")}

_LATIN = re.compile(r"[A-Za-z]")
_AFTER = re.compile(
    r"(?:-|[ \t\u00a0\u202f]?[*_]{0,2}[ \t\u00a0\u202f]?)(?P<unit>"
    + "|".join(
        re.escape(word)
        + ("s?(?![A-Za-z])" if len(word) > 2 and word.isalpha() else "(?![A-Za-z])" if _LATIN.search(word[-1]) else "")
        for word in sorted(_UNIT_OF.keys() - {"$"}, key=len, reverse=True)
    )
    + ")"
)
_BEFORE = re.compile(r"(?P<unit>US\$|[$€£¥￥])[ \u00a0]?[-−]?$")
_MATHS = re.compile(r"\s*\$")


def unit_after(text: str, at: int) -> tuple[str, int] | None:
    """Return the unit that follows a number which ends at `at`, and where it ends."""
    found = _AFTER.match(text, at)
    if found is None:
        return None
    word = found["unit"]
    unit = _UNIT_OF.get(word) or _UNIT_OF[word.removesuffix("s")]
    return unit, found.end()


def currency_before(text: str, start: int, end: int) -> tuple[str, int] | None:
    """The currency sign right before a number at `text[start:end]`, and where it begins; "$5$" is mathematics."""
    found = _BEFORE.search(text, max(0, start - 4), start)
    if found is None or (found["unit"] == "$" and _MATHS.match(text, end)):
        return None
    return _UNIT_OF[found["unit"]], found.start()
