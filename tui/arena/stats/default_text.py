"""The text and the prompts over which two quants are compared by default."""

TEXT = """\
The ferry left the island at ten past six, while it was still dark, and by the time the sun stood over the hills it had
crossed two thirds of the bay. There were eleven passengers. A teacher corrected exercises with a green pencil; a man
with a cello had bought a second ticket for it and would not be talked out of the window seat. Nobody spoke much. In
winter the crossing takes fifty minutes, in summer thirty-five, because the boat need not go around the ice, and those
who take it every day know without looking how far it still is.

Water boils at 100 °C at sea level, but at about 90 °C on a mountain of 3,000 meters, since the pressure of the air
falls with height. That is why rice cooks more slowly there. A pressure cooker does the opposite: it keeps the steam
in, the pressure rises to roughly twice that of the air outside, and the water boils only at 120 °C.

"Have you read the report?" she asked.
"Twice. The figures are right, and the conclusion is wrong."
"Then write another conclusion."

def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2

1. Wash the lentils until the water stays clear.
2. Fry one chopped onion in two spoons of oil for five minutes.
3. Add the lentils, a liter of water and a bay leaf, and let it simmer for half an hour.
4. Salt it at the end, because salt keeps the lentils hard.

春天来了,河边的柳树又绿了。孩子们在草地上放风筝,老人坐在长椅上下棋。有人问:“今年的花为什么开得这么早?”
没有人回答,只有风吹过树叶的声音。

The treaty was signed in March 1921 and came into force a year later. Of the nine states that had taken part, seven
ratified it; the other two waited until the border was drawn. Its third article, which said in one sentence what the
first two had said in twelve, is the only one that is still quoted.

| planet  | moons | day in hours |
|---------|-------|--------------|
| Earth   | 1     | 24           |
| Mars    | 2     | 24.6         |
| Jupiter | 95    | 9.9          |

Dear Ms. Okafor, thank you for your letter of 4 May. We are sorry that the parcel arrived open. Please send us a
photograph of the damage and the number on the label, and we will replace whatever is missing within a week.
"""

PROMPTS = (
    "What is the capital of Australia?",
    "Name three rivers in Asia.",
    "Write a haiku about the sea.",
    "What is 17 times 24?",
    "Explain in two sentences why the sky is blue.",
    "Write a Python function that reverses a string.",
    "Translate into French: The library opens at nine.",
    "用一句话解释什么是重力。",
)

ANSWER_TOKENS = 64
"""How long an answer may get: where two quants part, they do so early."""
