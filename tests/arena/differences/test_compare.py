"""Two answers part where one states what the other does not, whatever the spelling."""

from hypothesis import given
from hypothesis import strategies as st

from tui.arena.differences.compare import Parting, partings
from tui.arena.differences.facts import Kind
from tui.chat.conversation import Side

LEFT, RIGHT = Side.LEFT, Side.RIGHT


def test_a_fact_on_one_side_is_found_with_its_places() -> None:
    left, right = "It opened in 1998 and, yes, 1998.", "It opened in 1997."
    assert partings(left, right) == (
        Parting(Kind.NUMBER, "1998", LEFT, ((13, 17), (28, 32))),
        Parting(Kind.NUMBER, "1997", RIGHT, ((13, 17),)),
    )


def test_the_same_in_another_spelling_is_no_parting() -> None:
    left = "Yes, 1,000 people walked 3 km in fifty percent of Paris on 3 May 1998, said Marie Curie; `run` it."
    right = "Yes. On May 3, 1998, MARIE CURIE said: one thousand people, 50 %, 3 kilometers, paris, run()."
    assert partings(left, right) == ()


def test_chinese_and_english_state_the_same_numbers() -> None:
    assert partings("1998年5月3日，三公里，百分之五十，一千人", "On 1998-05-03, 3 km, 50 %, 1,000 people.") == ()


def test_a_date_holds_its_year_and_an_amount_its_number() -> None:
    assert partings("In 1998, 3 fell.", "On 3 May 1998, 3 km fell.") == (
        Parting(Kind.DATE, "1998-05-03", RIGHT, ((3, 13),)),
        Parting(Kind.QUANTITY, "3 km", RIGHT, ((15, 19),)),
    )


def test_yes_and_no_part_on_both_sides() -> None:
    assert partings("Yes, it is.", "不是，太阳是恒星。") == (
        Parting(Kind.VERDICT, "yes", LEFT, ((0, 3),)),
        Parting(Kind.VERDICT, "no", RIGHT, ((0, 2),)),
    )


def test_names_books_and_symbols_part() -> None:
    left = "《红楼梦》 is by Cao Xueqin.\n```python\nprint(total)\n```"
    right = "《西游记》 is by Wu Cheng'en.\n```python\nprint(count)\n```"
    found = {(parting.kind, parting.value, parting.side) for parting in partings(left, right)}
    assert found == {
        (Kind.NAME, "红楼梦", LEFT),
        (Kind.NAME, "西游记", RIGHT),
        (Kind.NAME, "Cao Xueqin", LEFT),
        (Kind.NAME, "Wu Cheng'en", RIGHT),
        (Kind.CODE, "total", LEFT),
        (Kind.CODE, "count", RIGHT),
    }


TEXTS = st.lists(
    st.sampled_from(
        [
            "Yes, ",
            "no. ",
            "1,000 ",
            "3 km ",
            "in Paris ",
            "《红楼梦》",
            "三个",
            "`foo(x1)` ",
            "3 May 1998 ",
            "50% ",
            "and so ",
            "\n",
        ]
    )
).map("".join)


@given(TEXTS)
def test_a_text_does_not_part_from_itself(text: str) -> None:
    assert partings(text, text) == ()
    assert all(parting.side is LEFT for parting in partings(text, ""))


@given(TEXTS, TEXTS)
def test_sides_are_treated_alike_and_places_rise(left: str, right: str) -> None:
    found = partings(left, right)
    turned = {Parting(each.kind, each.value, each.side.other, each.spans) for each in partings(right, left)}
    assert set(found) == turned
    assert [each.spans[0][0] for each in found] == sorted(each.spans[0][0] for each in found)
