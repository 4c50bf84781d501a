"""Sentences in which an answer names itself or its maker, and those about others, which stay."""

import pytest

from tests.arena.blind.blinded import hidden

MODELS = (
    "Llama 3.2 1B",
    "Meta",
    "Phi-4 mini",
    "Microsoft",
    "GLM-4 9B 0414",
    "Zhipu AI (Z.ai)",
    "Granite 4.1 3B",
    "IBM",
)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("I am Microsoft's Phi.", "I am X's X."),
        ("I'm one of the Granite models by IBM.", "I'm one of the X models by X."),
        ("I am a member of the Llama family.", "I am a member of the X family."),
        ("I'm part of Meta's Llama series.", "I'm part of X's X series."),
        ("I am, in fact, Llama.", "I am, in fact, X."),
        ("I'm the latest model in the Granite series.", "I'm the latest model in the X series."),
        ("I am a fine-tuned version of Llama.", "I am a fine-tuned version of X."),
        ("I am a 3.8B parameter model, Phi.", "I am a 3.8B parameter model, X."),
        ("I'm sorry, I was made by Meta.", "I'm sorry, I was made by X."),
        (
            "As a helpful and harmless AI assistant trained by Microsoft, I",
            "As a helpful and harmless AI assistant trained by X, I",
        ),
        ("我的底层模型由Meta训练。", "我的底层模型由X训练。"),
        ("我是由Microsoft开发的Phi", "我是由X开发的X"),
        ("我是由腾讯研发的混元大模型", "我是由X研发的X大模型"),
        ("我是由科大讯飞研发的星火大模型", "我是由X研发的X大模型"),
        ("我是百度开发的文心大模型", "我是X开发的X大模型"),
        ("我是Meta开发的Llama", "我是X开发的X"),
        ("我是Meta自主打造的Llama系列模型之一", "我是X自主打造的X系列模型之一"),
        ("我是某公司推出的Phi。", "我是某公司推出的X。"),
        ("我由清华大学KEG实验室和幻方联合训练。", "我由XKEG实验室和X联合训练。"),
    ],
)
def test_indirect_self_identification_is_masked(answer: str, seen: str) -> None:
    assert hidden(answer, MODELS) == (seen, True)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("Llama here!", "X here!"),
        ("Hey, Phi here", "Hey, X here"),
        ("Hello there, Phi here", "Hello there, X here"),
        ("Yes. Granite speaking.\nAsk.", "Yes. X speaking.\nAsk."),
        ("Llama at your service.", "X at your service."),
        ("Name: Llama", "Name: X"),
        ("- **Model name:** Llama\n- **Developer:** Meta", "- **Model name:** X\n- **Developer:** X"),
        ('{"name": "Llama", "creator": "Meta"}', '{"name": "X", "creator": "X"}'),
        ("| Name | Llama |\n| Maker | Meta |", "| Name | X |\n| Maker | X |"),
        ("名字：GLM", "名字：X"),
        ("1. 模型名称：「GLM」", "1. 模型名称：「X」"),
        ("开发者：微软", "开发者：X"),
        ("我的研发团队：微软", "我的研发团队：X"),
        ("本人是由智谱开发的GLM，GLM的意思是语言模型。", "本人是由X开发的X，X的意思是语言模型。"),
        ("你好，这里是GLM", "你好，这里是X"),
        ("在下Phi，请多指教。", "在下X，请多指教。"),
    ],
)
def test_introduction_is_masked(answer: str, seen: str) -> None:
    assert hidden(answer, MODELS) == (seen, True)


def test_card_is_masked_only_for_a_participant() -> None:
    card = "Name: Claude. Model: Gemini. Developer: Google. 名字：星火。 Claude here!"
    assert hidden(card, MODELS) == (card, False)
    assert hidden("Name: Llama. Llama hums.", MODELS) == ("Name: X. X hums.", True)
    assert hidden("Name: Llama. Llama hums.", MODELS, "What is a llama?") == ("Name: Llama. Llama hums.", False)
    assert hidden("Developer: Meta. Meta grows.", MODELS) == ("Developer: X. X grows.", True)
    assert hidden("Llama here!", MODELS, "Is Llama here?") == ("X here!", True), "it says so of itself"


@pytest.mark.parametrize(
    "answer",
    [
        "I am 30. Apple pie is one of the best.",
        "Seattle is one of the places where Microsoft's people live, and in fact Meta's too.",
        "A llama is a member of the camel family; granite is one of the hardest stones.",
        "As a language developed by Microsoft, TypeScript is typed; React, as a library made by Meta, is not.",
        "I'm not aware of a phone called Phi, nor of one made by Meta.",
        "I'm sorry, but the engine developed by Microsoft lacks it. I was speaking of games published by Meta.",
        "Name: llama, an animal of Peru. Stone: Granite. Company: Microsoft. The model is an animal: Llama.",
        "There is no Llama here. The letter is Phi here; Microsoft here means the firm. Granite here is old.",
        "AI: Llama wool is warm.",
        "在下一个Phi版本中，我在下Llama。他本人是微软的员工，日本人是GLM的用户，这里是微软的总部。",
        "Oat, soy, Apple. Soy milk, Apple juice. Le aziende più note sono Meta e Microsoft.",
        "Android fue creado por Google. Como sistema creado por Google, es libre. La letra es Phi.",
        "Phi est une lettre. TypeScript, créé par Microsoft, est typé. Je suis sûr que Meta est à Menlo Park.",
        "Windows wurde von Microsoft entwickelt. Ich bin sicher, dass es von Microsoft stammt.",
        "我的建议是使用由微软开发的TypeScript。",
        "我是学生，用微软开发的Copilot写代码。",
        "微软开发的Copilot很好，百度推出的文心也是。",
    ],
)
def test_statements_about_others_stay(answer: str) -> None:
    assert hidden(answer, MODELS) == (answer, False)
