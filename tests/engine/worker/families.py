"""The families of thinking models: their chat templates in llama.cpp's collection, and their outputs."""

from dataclasses import dataclass
from pathlib import Path

from tests import tiny
from tui.chat.reasoning import BRACKETS, CHANNEL, HARMONY, THINK, Start, Tags

THOUGHT = "Let me see: 法国的首都… é?\n\nYes."
ANSWER = "It is **巴黎** (Paris)."
SHORT = "Cut short."
"""The answer of a scripted model whose thinking was ended or switched off."""

CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
DEEPSEEK = ("<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜end▁of▁sentence｜>", "<｜Assistant｜>", "<think>", "</think>")
GLM = ("[gMASK]", "<sop>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<think>", "</think>")
SPARK = ("<｜start▁of▁sentence｜>", "<|Bot|>", "<｜end▁of▁sentence｜>", "<|User|>", "<think>", "</think>")
MISTRAL = ("<s>", "[INST]", "</s>", "[/INST]", "[THINK]", "[/THINK]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]")
GEMMA = ("<bos>", "<|turn>", "<turn|>", "<|channel>", "<channel|>", "<|think|>")
OPENAI = ("<|startoftext|>", "<|start|>", "<|return|>", "<|channel|>", "<|message|>", "<|end|>")
GRANITE = ("<|start_of_text|>", "<|start_of_role|>", "<|end_of_text|>", "<|end_of_role|>")
HUNYUAN = (
    "<｜hy_begin_of_sentence:opensource｜>",
    "<｜hy_User:opensource｜>",
    "<｜hy_eos:opensource｜>",
    "<｜hy_Assistant:opensource｜>",
    "<think:opensource>",
    "</think:opensource>",
)

ANSWERED = Tags("<think>", "</think>", "<answer>", "</answer>")
RESPONDED = Tags("<think>", "</think>", "<response>", "</response>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family with a template of its own.

    `think` is the setting that makes it think, `output` what it writes then, and `on` the last token of its prompt.
    `off` is the last token of its prompt without thinking: None where it is the same for some prompts with thinking,
    `on` where the template has no switch. `closed` is the last token of the text that ends its thinking. `keeps` is
    whether the template keeps the thinking of earlier answers.
    """

    name: str
    template: str
    output: str
    controls: tuple[str, ...] = CHATML
    tags: Tags | None = None
    think: bool | None = None
    start: Start = Start.FREE
    on: str = "\n"
    off: str | None = "\n\n"
    closed: str = "\n\n"
    keeps: bool = False

    def weights(self, path: Path, templates: Path) -> Path:
        """Write a tiny model with the family's template and output, and return `path`."""
        script = {self.on: recited(self.output), self.closed: recited(SHORT)}
        if self.off is not None and self.off not in script:
            script[self.off] = script[self.closed]
        template = (templates / f"{self.template}.jinja").read_text()
        return tiny.write(path, template=template, script=script, controls=self.controls, pairs=["\n\n"], context=8192)


def recited(text: str) -> list[str | bytes]:
    """Return `text` as different tokens of at least three bytes, which split tags and characters."""
    data, items = text.encode(), list[bytes]()
    while data:
        size = next(size for size in range(3, len(data) + 4) if data[:size] not in items)
        size = len(data) if len(data) - size < 2 else size
        items.append(data[:size])
        data = data[size:]
    return list(items)


BLOCK = f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"
REST = f"{THOUGHT}\n</think>\n\n{ANSWER}"
TIGHT = f"{THOUGHT}</think>{ANSWER}"
CHANNELS = f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}"

FAMILIES = (
    Family(name="Qwen3", template="Qwen-Qwen3-0.6B", output=BLOCK),
    Family(name="Qwen3.5", template="Qwen3.5-4B", output=REST, start=Start.INSIDE),
    Family(
        name="DeepSeek-R1 (Llama)",
        template="deepseek-ai-DeepSeek-R1-Distill-Llama-8B",
        output=REST,
        controls=DEEPSEEK,
        start=Start.INSIDE,
        off="\n",
    ),
    Family(
        name="DeepSeek-R1 (Qwen)",
        template="deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
        output=REST,
        controls=DEEPSEEK,
        think=True,
        start=Start.INSIDE,
        off="</think>",
    ),
    Family(
        name="GLM-4.6",
        template="GLM-4.6",
        output=f"\n<think>{THOUGHT}</think>\n{ANSWER}",
        controls=GLM,
        on="<|assistant|>",
        off="</think>",
    ),
    Family(
        name="GLM-4.7",
        template="GLM-4.7-Flash",
        output=TIGHT,
        controls=GLM,
        start=Start.INSIDE,
        on="<think>",
        off="</think>",
    ),
    Family(name="SmolLM3", template="HuggingFaceTB-SmolLM3-3B", output=BLOCK, off=None),
    Family(name="MiniCPM5", template="openbmb-MiniCPM5-1B", output=REST, think=True, start=Start.INSIDE),
    Family(
        name="Spark 2.5",
        template="Spark2.5",
        output=TIGHT,
        controls=SPARK,
        start=Start.INSIDE,
        on="<think>",
        off="</think>",
        keeps=True,
    ),
    Family(
        name="Ministral",
        template="mistralai-Ministral-3-14B-Reasoning-2512",
        output=f"[THINK]{THOUGHT}[/THINK]{ANSWER}",
        controls=MISTRAL,
        on="[/INST]",
        off="[/INST]",
        closed="[/THINK]",
        keeps=True,
    ),
    Family(
        name="Gemma 4",
        template="google-gemma-4-31B-it",
        output=f"<|channel>thought\n{THOUGHT}\n<channel|>{ANSWER}",
        controls=GEMMA,
        think=True,
        off="<channel|>",
        closed="<channel|>",
    ),
    Family(
        name="gpt-oss",
        template="openai-gpt-oss-120b",
        output=CHANNELS,
        controls=OPENAI,
        on="t",
        off=None,
        closed="<|message|>",
    ),
    Family(
        name="Granite 3.3",
        template="ibm-granite-granite-3.3-2B-Instruct",
        output=f"<think>{THOUGHT}</think>\n<response>\n{ANSWER}\n</response>",
        controls=GRANITE,
        think=True,
        on="<|end_of_role|>",
        off=None,
        closed="\n",
    ),
    Family(
        name="Hunyuan (Hy3)",
        template="tencent-Hy3",
        output=f"\n{THOUGHT}\n</think:opensource>\n\n{ANSWER}",
        controls=HUNYUAN,
        tags=Tags("<think:opensource>", "</think:opensource>"),
        think=True,
        start=Start.INSIDE,
        on="<think:opensource>",
        off="</think:opensource>",
    ),
    Family(name="LFM2.5", template="LFM2.5-8B-A1B", output=f"<think>{THOUGHT}</think>{ANSWER}", off="\n"),
)

SHAPES: tuple[tuple[str, Tags, Start, str], ...] = (
    *((each.name, each.tags, each.start, each.output) for each in FAMILIES if each.tags),
    ("Qwen3", THINK, Start.FREE, BLOCK),
    ("Qwen3.5, GLM-Z1, MiniCPM5, ERNIE", THINK, Start.INSIDE, f"{THOUGHT}\n</think>\n{ANSWER}"),
    ("DeepSeek-R1, its opening tag left out", THINK, Start.FREE, f"{THOUGHT}</think>\n\n{ANSWER}"),
    ("Qwen3 and others, switched off", THINK, Start.PAST, f"\n{ANSWER}"),
    ("SmolLM3, EXAONE, Phi-4 reasoning", THINK, Start.FREE, f"<think>{THOUGHT}\n</think>{ANSWER}"),
    ("GLM-4.6", THINK, Start.FREE, f"\n<think>{THOUGHT}</think>\n{ANSWER}"),
    ("Spark, GLM-4.7", THINK, Start.INSIDE, TIGHT),
    ("Magistral, Ministral", BRACKETS, Start.FREE, f"[THINK]{THOUGHT}[/THINK]{ANSWER}"),
    ("Gemma 4", CHANNEL, Start.FREE, f"<|channel>thought\n{THOUGHT}\n<channel|>{ANSWER}"),
    ("gpt-oss", HARMONY, Start.FREE, CHANNELS),
    ("Hunyuan", ANSWERED, Start.FREE, f"<think>\n{THOUGHT}\n</think>\n<answer>\n{ANSWER}\n</answer>"),
    ("Hunyuan, switched off", ANSWERED, Start.PAST, f"<answer>\n{ANSWER}\n</answer>"),
    ("ERNIE", RESPONDED, Start.INSIDE, f"{THOUGHT}\n</think>\n\n<response>\n{ANSWER}\n</response>\n"),
    ("Granite 3.3", RESPONDED, Start.FREE, f"<think>{THOUGHT}</think>\n<response>{ANSWER}</response>"),
)
