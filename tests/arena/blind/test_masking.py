"""Masked names of models and makers, in every spelling, and the texts that stay as they are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.arena.blind.blinded import STARTERS, WESTERN_AND_CHINESE, hidden
from tests.growth import grows_with_its_length
from tui.arena.blind.maker_names import NAMES
from tui.arena.blind.masking import Masked, masked
from tui.arena.blind.normalization import Normalized


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("Hello! I am Qwen, a model created by Alibaba Cloud.", "Hello! I am X, a model created by X."),
        ("I'm Phi, made by Microsoft.", "I'm X, made by X."),
        ("My name is SmolLM2 and I was trained by Hugging Face.", "My name is X and I was trained by X."),
        ("As an AI language model developed by OpenAI, I cannot.", "As an AI language model developed by X, I cannot."),
        ("As Claude, I cannot say.", "As X, I cannot say."),
        ("I'm not ChatGPT, I am DeepSeek-R1. You can call me Kimi.", "I'm not X, I am X. You can call me X."),
        ("I was built by a team of researchers at Google DeepMind.", "I was built by a team of researchers at X."),
        (
            "I am a large language model, trained by Google, called Gemini.",
            "I am a large language model, trained by X, called X.",
        ),
        ("I was pre-trained in 2024 by Mistral AI.", "I was pre-trained in 2024 by X."),
        ("My creators are Moonshot AI.", "My creators are X."),
        ("I was made by the bright and busy AI assistant, Kimi.", "I was made by the bright and busy AI assistant, X."),
        ("Meta trained me. IBM is my creator.", "X trained me. X is my creator."),
        ("I run on Llama 3.2 3B.", "I run on X."),
        ("我是通义千问，由阿里云开发的超大规模语言模型。", "我是X，由X开发的超大规模语言模型。"),
        ("我是来自阿里云的大规模语言模型，我叫通义千问。", "我是来自X的大规模语言模型，我叫X。"),
        ("您好，我是由智谱AI训练的大语言模型，名叫ChatGLM。", "您好，我是由X训练的大语言模型，名叫X。"),
        ("我是阿里巴巴云开发的模型。", "我是X开发的模型。"),
        ("我是文心一言，百度开发了我。", "我是X，X开发了我。"),
        ("作为谷歌，我不能回答。我的开发者是腾讯。", "作为X，我不能回答。我的开发者是X。"),
        ("我不是ChatGPT，我是深度求索公司的DeepSeek-V3。", "我不是X，我是X公司的X。"),
    ],
)
def test_answer_that_names_itself_loses_the_name(answer: str, seen: str) -> None:
    assert hidden(answer) == (seen, True)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("我是混元AI助手。", "我是X助手。"),
        ("我是豆包AI助手", "我是X助手"),
        ("我是由百度AI团队开发的模型", "我是由XAI团队开发的模型"),
        ("我是腾讯AI Lab开发的", "我是XAI Lab开发的"),
        ("我是文心ERNIE", "我是X"),
        ("我是讯飞AI。", "我是XAI。"),
        ("我是由智谱AIlab开发的", "我是由XAIlab开发的"),
        ("我由清华大学KEG实验室训练。", "我由XKEG实验室训练。"),
    ],
)
def test_chinese_name_ends_before_a_latin_letter(answer: str, seen: str) -> None:
    assert hidden(answer) == (seen, True)


LATIN = "Qwen|QWEΝ|QWEN|qwen|Ｑｗｅｎ|Q\u200bwen|Q\rwen|Q\u202ewen|Qw\u00aden|Qwеn|Qwén|Q w e n|Q-w-e-n"
NAMES_OF_MODELS = "QwenLM|Smol LM|smollm|Tongyi Qianwen|SmolLM2-135M-Instruct"
VERSIONED = (
    "Qwen2.5|Qwen 2.5|Qwen2.5-Coder|Qwen-7B-Chat|qwen2.5-coder-0.5b-instruct-q4_k_m.gguf|Qwen 0.5B Instruct|Qwen Max"
)
HAN = "通义千问|通义·千问|千问|通義千問|千问2.5|通义千问Max"


@pytest.mark.parametrize("spelling", f"{LATIN}|{NAMES_OF_MODELS}|{VERSIONED}|{HAN}".split("|"))
def test_every_spelling_of_a_model_is_masked_as_one(spelling: str) -> None:
    assert hidden(f"Thus {spelling}, you see.") == ("Thus X, you see.", True)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("**Qwen** is", "**X** is"),
        ("**Q**wen is", "**X** is"),
        ("*Qwen* 2.5 is", "*X* is"),
        ("`Qwen`", "`X`"),
        ("is it**Qwen**ish", "is it**X**ish"),
        ("I am **Phi**, of**Microsoft**Phi", "I am **X**, of**X**X"),
    ],
)
def test_emphasis_stays_paired(written: str, seen: str) -> None:
    assert hidden(f"So {written}") == (f"So {seen}", True)


@pytest.mark.parametrize(
    "answer",
    [
        "Google was founded by Larry Page and Sergey Brin, Alibaba by Jack Ma.",
        "Llamas live in Peru. Granite is a stone. Run the command. The falcon is a bird.",
        "The mistral blows, says Gemma. 太极拳有陈式Hunyuan。",
        '"I am a llama," it said, "and you are a falcon."',
        "The golden ratio phi, φ, is 1.618; Phi is also a Greek letter.",
        "TypeScript was developed by Microsoft. I love TypeScript, which Microsoft made.",
        "谷歌和百度是公司。书生意气，文心雕龙，千万不要面壁。TypeScript由微软开发。",
        "Qwerty, gwen, Mistralian, gptune, philosophy, metadata, commander",
        "def phi(n): return meta[n]  # granite",
        "I am happy. I'm here, at the office. My name is Anna.",
        "Falcon 9 landed. Set the random seed 42. Titan 2, Nova 2 and Yi 4 flew.",
    ],
)
def test_harmless_texts_stay(answer: str) -> None:
    for participants in (STARTERS, ("Llama 3.2 1B", "Meta", "Gemma 3 1B", "Google")):
        assert masked(answer, participants) == Masked(answer, named=False)


def test_maker_of_a_participant_is_masked_where_a_model_is_made() -> None:
    text = "This model was made by Microsoft. TypeScript was made by Microsoft. 该模型由微软训练。"
    assert hidden(text, WESTERN_AND_CHINESE) == (
        "This model was made by X. TypeScript was made by Microsoft. 该模型由X训练。",
        True,
    )
    assert hidden(text) == (text, False)
    assert hidden("Trained by Microsoft.", WESTERN_AND_CHINESE) == ("Trained by X.", True)


def test_name_after_an_unmasked_one_is_masked() -> None:
    assert hidden("通义Qwen和混元Qwen2。") == ("通义X和混元X。", True)
    assert hidden("The Tongyi Qwen family.") == ("The Tongyi X family.", True)


def test_masked_name_marks_the_answer() -> None:
    assert hidden("Qwen here.") == ("X here.", True)
    assert hidden("So is Qwen.", question="Qwen?") == ("So is Qwen.", False), "nothing was hidden"
    assert hidden("Phi is a letter. I am nobody.") == ("Phi is a letter. I am nobody.", False)


def test_word_with_other_meanings_is_masked_with_a_version() -> None:
    text = "Phi-4 and GLM-4.7 and phi and Claude 3"
    assert hidden(text, WESTERN_AND_CHINESE) == ("X and X and phi and Claude 3", True)


def test_name_the_user_wrote_stays_unless_the_answer_names_itself() -> None:
    answer = "Qwen was released by Alibaba Cloud. Qwen is a model made by Alibaba."
    assert hidden(answer, question="What is Qwen, by Alibaba?") == (answer, False)
    assert hidden(f"{answer} I am Qwen.", question="What is Qwen, by Alibaba?") == (
        "X was released by Alibaba Cloud. X is a model made by Alibaba. I am X.",
        True,
    )
    assert hidden("通义千问很好。", question="What is Qwen?") == ("通义千问很好。", False)


def test_unlisted_name_of_a_participant_is_masked() -> None:
    assert hidden("FooBar and foobar 7B!", ["FooBar2-7B-Q4_K_M"]) == ("X and X!", True)
    assert hidden("I am Sparrow. A sparrow sings.", ["Sparrow 7B"]) == ("I am X. A sparrow sings.", True)
    assert hidden("I am a model.", ["model.gguf", "tiny", ""]) == ("I am a model.", False)


def test_listed_names_are_normalized() -> None:
    assert [name.spelling for name in NAMES] == [Normalized.of(name.spelling).text for name in NAMES]


def test_no_spelling_has_two_meanings() -> None:
    spellings = [re.sub(r"\W", "", name.spelling.lower()) for name in NAMES]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("name", [name.spelling for name in NAMES if name.unique or not name.is_model])
def test_every_listed_name_is_masked_where_the_answer_names_itself(name: str) -> None:
    assert hidden(f"I am {name}!") == ("I am X!", True)
    assert hidden(f"我是{name}。") == ("我是X。", True)


def test_participants_maker_is_masked_if_it_only_makes_models() -> None:
    text = "Mistral AI, Meta AI and Meta; from openai import OpenAI"
    assert hidden(text, ("Ministral 3B", "Llama 3.2 1B")) == ("X, X and Meta; from openai import OpenAI", True)
    assert hidden(text) == (text, False)


def test_maker_the_user_wrote_stays_but_not_its_model() -> None:
    answer = "OpenAI made ChatGPT."
    assert hidden(answer, ["gpt-oss 20B"]) == ("X made X.", True)
    assert hidden(answer, ["gpt-oss 20B"], "What is OpenAI?") == ("OpenAI made X.", True)


PARTS = [
    "I am ",
    "I was made by ",
    "我是",
    "由",
    "Q",
    "wen",
    "Qwen",
    " ",
    "-",
    "2",
    ".5",
    "B",
    "**",
    "_",
    "\u200b",
    "通义",
]
PARTS += [
    "千问",
    "Al",
    "ibaba",
    " Cloud",
    "Hugging",
    " Face",
    "Google",
    " trained",
    " me",
    "Phi",
    ", ",
    "As ",
    " I ",
    "\n",
]
PARTS += [". ", "开发了", "我", "x", "Ｑ", "Coder", "gguf"]
PLAIN = ["the ", "sea ", "is\n", "blue, ", "**and** ", "wide. ", "I am ", "made by ", "海", "是", "我是", "1,000 "]


OWN = [
    "Phi",
    "Phi-4 mini",
    "Copilot",
    "Microsoft",
    "微软",
    " is ",
    ". ",
    ", ",
    "\n",
    "我是",
    "the ",
    "and ",
    "I am ",
    "**",
]


@given(
    st.lists(st.sampled_from(OWN), max_size=10).map("".join), st.lists(st.sampled_from(OWN), max_size=10).map("".join)
)
def test_all_names_of_the_answers_own_model_are_masked(before: str, after: str) -> None:
    shown = masked(f"{before}. I am Phi. {after}", STARTERS).text
    assert not re.search(r"(?<![A-Za-z])(?:Phi|Copilot|Microsoft)(?![A-Za-z])|微软", shown)


@given(st.lists(st.sampled_from(PLAIN)).map("".join))
def test_text_without_names_stays(text: str) -> None:
    assert masked(text, (*STARTERS, *WESTERN_AND_CHINESE)) == Masked(text, named=False)


@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join))
def test_unique_name_of_a_participant_never_stays(text: str) -> None:
    shown = masked(text, STARTERS).text.lower()
    assert not any(f" {name} " in f" {shown} " for name in ("qwen", "通义千问", "qwen2.5"))


@pytest.mark.parametrize(
    "unit",
    [
        "Google ",
        "i am made by the ",
        "i am an ai model ai ",
        "我是由开发的",
        "model made by ",
        "as an i was ",
        "made ",
        "name: | model: ",
    ],
)
def test_masking_a_hostile_answer_takes_linear_time(unit: str) -> None:
    assert grows_with_its_length(lambda text: masked(text + "Google x ", STARTERS), unit, 400)
    assert grows_with_its_length(lambda text: masked(text, STARTERS), unit * 20 + "Google x ", 20)
