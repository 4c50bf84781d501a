"""Names of models and of their makers, Latin and Chinese."""

from collections.abc import Iterator
from dataclasses import dataclass

_TABLE = """
Qwen, QwQ, QVQ, Tongyi Qianwen, Qianwen, 通义千问, 通義千問, 千问, 千問, Tongyi?, 通义?, 通義? | \
    Alibaba?, Alibaba Group?, Alibaba DAMO Academy?, Alibaba Cloud?, Alibaba 云?, Aliyun?, 阿里云?, 阿里雲?, \
    阿里巴巴云?, Tongyi Lab?, 阿里巴巴?, 阿里?, 达摩院?
DeepSeek, 深度求索, 深度求索人工智能 | High Flyer?, 幻方量化?, 幻方?
ChatGLM, 智谱清言, CogLM, GLM? | \
    Zhipu, Zhipu AI, 智谱, 智谱 AI, 智譜, 智谱华章, Z AI?, Tsinghua?, Tsinghua University?, 清华?, 清华大学?
ERNIE Bot, 文心一言, Wenxin Yiyan, ERNIE?, Wenxin?, 文心? | Baidu?, 百度?, PaddlePaddle?, 飞桨?
腾讯混元, Hunyuan?, Yuanbao?, 混元? | Tencent?, 腾讯?, 騰訊?
MiniCPM, CPM Bee, 面壁小钢炮, CPM?, 小钢炮? | OpenBMB, ModelBest, 面壁智能, 面壁?
Kimi K2, Kimi? | Moonshot AI, 月之暗面, Moonshot?
Yi Lightning, Yi?, 万知? | 01 AI?, 零一万物
InternLM, 书生浦语, InternVL, 书生?, 浦语? | Shanghai AI Lab?, 上海人工智能实验室?
Spark?, SparkDesk?, 星火?, 讯飞星火? | iFlytek?, 科大讯飞?, 讯飞?
Baichuan, 百川智能, 百川? |
Doubao, Seed OSS, 豆包?, Seed? | ByteDance?, 字节跳动?, 火山引擎?
StepFun, 阶跃星辰 |
MiniMax?, abab?, 稀宇? |
MiMo? | Xiaomi?, 小米?
SenseNova, SenseChat?, 日日新? | SenseTime?, 商汤?
Pangu Alpha, PanGu?, 盘古? | Huawei?, 华为?
Gemma?, Gemini?, Bard?, PaLM?, LaMDA? | Google?, Google DeepMind?, DeepMind?, Alphabet?, 谷歌?
Code Llama, Llama? | Meta AI, Meta?, Meta Platforms?, Facebook?, FAIR?, 脸书?
Phi?, Copilot?, Bing Chat?, Orca?, WizardLM? | Microsoft?, Microsoft Research?, 微软?, 微軟?
gpt oss, ChatGPT, GPT?, Davinci?, Codex? | OpenAI
Ministral, Magistral?, Mixtral, Codestral, Devstral, Pixtral, Mistral?, Le Chat? | Mistral AI
Smol LM, SmolVLM, HuggingChat, Zephyr?, StarCoder? | Hugging Face?, HF?, 抱抱脸?
Granite?, Watson?, watsonx? | IBM?, IBM Research?, International Business Machines?
LFM?, Liquid? | Liquid AI
OLMo, OLMoE, Tulu 3, Tulu?, Molmo? | AllenAI, Ai2?, Allen Institute for AI?, Allen Institute?
EXAONE | LG AI Research, LG?, LG AI?, LG Electronics?
Falcon? | TII?, Technology Innovation Institute?
Nemotron, Minitron? | NVIDIA?, 英伟达?
Claude? | Anthropic
Grok? | xAI?
Command R?, Command A?, Command?, Aya? | Cohere?
StableLM? | Stability AI
TinyLlama, OpenChat, OpenHermes, Vicuna?, Alpaca?, Hermes? | LMSYS?, Nous Research
Apple Intelligence?, Siri?, OpenELM? | Apple?
Nova?, Titan?, Alexa? | Amazon?, AWS?, 亚马逊?
RWKV, Jamba, Pythia?, DBRX?, Perplexity? | EleutherAI, Databricks?, AI21, AI21 Labs, Perplexity AI?
"""
"""One maker a line: its models | its own names. A word marked `?` has other meanings, too."""


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling of a model's name, or else of its maker's. A `unique` one means nothing else.

    Case, accents, full-width letters and separators within it do not matter. `maker` is the same in all names of one
    maker and its models.
    """

    spelling: str
    maker: str
    is_model: bool
    unique: bool


def _names() -> Iterator[Name]:
    for line in _TABLE.strip().splitlines():
        for column, is_model in zip(line.split("|"), (True, False), strict=True):
            for word in filter(None, map(str.strip, column.split(","))):
                yield Name(word.rstrip("?"), line, is_model, unique=not word.endswith("?"))


NAMES: tuple[Name, ...] = tuple(_names())
"""The names of models that people run, or that models take themselves for."""
