"""What a text states is found where it stands, in English, Chinese and code, whatever its spelling."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import grows_with_its_length
from tui.arena.differences.chinese_numerals import numeral
from tui.arena.differences.extraction import facts_in
from tui.arena.differences.facts import Kind


def stated(text: str, *kinds: Kind) -> list[str]:
    """The values of the facts of those kinds, by place."""
    return [fact.value for fact in facts_in(text) if fact.kind in kinds]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(
            (spelling, "1000")
            for spelling in (
                "1,000",
                "1000",
                "1\u202f000",
                "1'000",
                "1000.0",
                "1k",
                "1e3",
                "one thousand",
                "一千",
                "１０００",
            )
        ),
        *(
            (spelling, "1500000")
            for spelling in ("1.5 million", "1.5M", "1,500,000", "1.5×10^6", "1.5 x 10⁶", "150万", "一百五十万")
        ),
        *((spelling, "21") for spelling in ("21", "21.00", "twenty-one", "Twenty one", "二十一", "21st")),
        *((spelling, "0.5") for spelling in ("0.5", ".5", "0.50", "零点五")),
        ("-5", "-5"),
        ("−5", "-5"),
        ("1/3", "1/3"),
        ("三分之一", "1/3"),
        ("10.0.0.1", "10.0.0.1"),
        ("two hundred and five", "205"),
        ("one thousand two hundred", "1200"),
        ("三百五", "350"),
        ("一千零一", "1001"),
        ("两万五千", "25000"),
        ("三万亿", "3000000000000"),
        ("二〇二四年", "2024"),
        ("三个", "3"),
    ],
)
def test_a_number_is_one_number_however_it_is_written(written: str, value: str) -> None:
    (fact,) = facts_in(f"x: {written}")
    assert (fact.kind, fact.value) == (Kind.NUMBER, value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(
            (spelling, "50 %")
            for spelling in (
                "50%",
                "50 %",
                "50 percent",
                "50 per cent",
                "fifty percent",
                "50％",
                "百分之五十",
                "百分之50",
            )
        ),
        *(
            (spelling, "3 km")
            for spelling in ("3 km", "3km", "3 kilometers", "3-kilometre", "three km", "3公里", "3千米", "**3** km")
        ),
        *((spelling, "5 USD") for spelling in ("$5", "5 dollars", "US$5", "5美元", "$5.00")),
        ("-5 °C", "-5 °C"),
        ("3×10^8 m/s", "300000000 m/s"),
        ("one mile", "1 mi"),
        ("3千克", "3 kg"),
        ("$1.5 million", "1500000 USD"),
    ],
)
def test_an_amount_is_its_number_and_its_unit(written: str, value: str) -> None:
    (fact,) = facts_in(f"x: {written}")
    assert (fact.kind, fact.value) == (Kind.QUANTITY, value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(
            (spelling, "1998-05-03")
            for spelling in ("1998-05-03", "1998/5/3", "3 May 1998", "3rd of May, 1998", "May 3, 1998")
        ),
        *((spelling, "1998-05-03") for spelling in ("1998年5月3日", "1998 年 5 月 3 日", "一九九八年五月三日")),
        *((spelling, "1998-05-13") for spelling in ("13/5/1998", "5/13/1998")),
        *((spelling, "1998-05") for spelling in ("May 1998", "1998年5月")),
        *((spelling, "05-03") for spelling in ("May 3rd", "3 May", "5月3日")),
        *((spelling, "15:30") for spelling in ("15:30", "3:30 pm", "3:30 P.M.")),
        ("3/5/1998", "3/5/1998"),
        ("3 pm", "15:00"),
        ("Sept. 11, 2001", "2001-09-11"),
    ],
)
def test_a_date_is_one_date_however_it_is_written(written: str, value: str) -> None:
    (fact,) = facts_in(f"x: {written}")
    assert (fact.kind, fact.value) == (Kind.DATE, value)


@pytest.mark.parametrize(
    "text",
    [
        "1. first\n2. next\n3) last",
        "One of us, no one, a 3D film, x2, the B12, Qwen2.",
        "万一，一个，一般，十分好，千万不要，一一，三四，七上八下，百姓",
        "2024-13-45 is no date"[10:],
        "We may march on. In may. He is Second.",
    ],
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert stated(text, Kind.NUMBER, Kind.QUANTITY, Kind.DATE) == []


def test_a_list_that_does_not_begin_at_one_is_no_list() -> None:
    assert stated("42. That is all.", Kind.NUMBER) == ["42"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The capital of France is Paris.", ["France", "Paris"]),
        ("Albert Einstein was born in Ulm. However, Marie Curie won.", ["Albert Einstein", "Ulm", "Marie Curie"]),
        (
            "It is by Johann Wolfgang von Goethe, of the Bank of England.",
            ["Johann Wolfgang von Goethe", "Bank of England"],
        ),
        ("Water boils. Rivers run. I'm here. In Poland it rains.", ["Poland"]),
        ("# A Big Heading\n- Item one\n**Bold** label", []),
        ("他写了《红楼梦》，说“你好”，“x”。", ["红楼梦", "你好"]),
    ],
)
def test_names_are_found_and_first_words_are_not(text: str, names: list[str]) -> None:
    assert stated(text, Kind.NAME) == names


def test_code_is_read_as_code() -> None:
    body = "# Note Paris\ndef solve(n, f=1,200):\n    return 'Rome 7' + abs(n)"
    text = f"Call `foo_bar(x1)` or run():\n```Python\n{body}\n```"
    assert stated(text, Kind.CODE) == ["foo_bar", "x1", "run", "solve", "abs"]
    assert stated(text, Kind.NUMBER) == ["1", "200", "7"]
    assert stated(text, Kind.NAME) == []


def test_a_fence_without_a_language_gives_only_what_looks_like_code() -> None:
    assert stated("```\nthe cat sat on fooBar and call(it)\n```", Kind.CODE) == ["fooBar", "call"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Yes, it is.", ["yes"]),
        ("**No.** It is not.", ["no"]),
        ("Answer: True", ["yes"]),
        ("是的，可以。", ["yes"]),
        ("不是，太阳是恒星。", ["no"]),
        ("答案是：错", ["no"]),
        ("No one knows.", []),
        ("是恒星。", []),
        ("Right after that, it fell.", []),
    ],
)
def test_a_verdict_opens_an_answer(text: str, values: list[str]) -> None:
    assert stated(text, Kind.VERDICT) == values


@given(st.integers(0, 10**12))
def test_a_whole_number_survives_its_spellings(number: int) -> None:
    assert stated(f"x {number:,} x {number} x", Kind.NUMBER) == [str(number)] * 2


@given(st.integers(1, 99_999_999))
def test_chinese_numerals_are_read_as_they_are_written(number: int) -> None:
    assert numeral(in_chinese(number)) == str(number)


def in_chinese(number: int) -> str:
    """`number` in full Chinese numerals."""
    if number >= 10**4:
        rest = number % 10**4
        return in_chinese(number // 10**4) + "万" + ("零" * (0 < rest < 1000) + in_chinese(rest) if rest else "")
    said = ""
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            said += "零" * (bool(said) and number // (size * 10) % 10 == 0) + "零一二三四五六七八九"[digit] + unit
    return said


@given(st.text(st.sampled_from("0123456789.,-/:%$ ×^ekM年月日一二十百千万亿点零分之A`'\"\n#*abc《》“”May")))
def test_any_text_is_read_without_overlap(text: str) -> None:
    facts = facts_in(text)
    assert all(before.end <= after.start for before, after in pairwise(facts))
    assert all(0 <= fact.start < fact.end <= len(text) and fact.value for fact in facts)


@pytest.mark.parametrize(
    "unit",
    [
        "9",
        "1,000 ",
        "`a` ",
        "Aa ",
        "一",
        "1.",
        '"""',
        "```\n",
        "one hundred ",
        "《",
        "\n1. x",
        "(((",
        "- ",
        "亿",
        "一亿",
        "1亿",
    ],
)
def test_long_texts_are_read_in_time_that_grows_with_them(unit: str) -> None:
    assert grows_with_its_length(facts_in, unit, 5_000 // len(unit))
