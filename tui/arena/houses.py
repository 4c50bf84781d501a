"""Owns the names by which models and their makers are known, Latin and Chinese."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Spellings of what one house makes, or of the house: `sure` ones mean nothing else, `common` ones may mean more.

    Case, accents and full-width letters are folded away; a space stands for any separator, or none.
    """

    sure: tuple[str, ...] = ()
    common: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    """Who makes models, and what they are called."""

    products: Words
    makers: Words


def _words(sure: str, common: str = "") -> Words:
    return Words(*(tuple(word for word in words.split(", ") if word) for words in (sure, common)))


HOUSES: tuple[House, ...] = (
    House(
        _words(
            "Qwen, QwenLM, QwQ, QVQ, Tongyi Qianwen, Qianwen, 通义 千问, 通義 千問, 千问, 千問", "Tongyi, 通义, 通義"
        ),
        _words(
            "Alibaba Cloud, Alibaba 云, Aliyun, 阿里云, 阿里雲, 阿里 巴巴 云",
            "Alibaba, Alibaba Group, Alibaba DAMO Academy, Tongyi Lab, 阿里 巴巴, 阿里, 达摩院",
        ),
    ),
    House(
        _words("DeepSeek, Deep Seek, 深度求索, 深度 求索 人工智能"),
        _words("", "High Flyer, 幻方量化, 幻方"),
    ),
    House(
        _words("ChatGLM, 智谱 清言, CogLM", "GLM"),
        _words(
            "Zhipu, Zhipu AI, 智谱, 智谱 AI, 智譜, 智谱 华章", "Z AI, Tsinghua, Tsinghua University, 清华, 清华大学"
        ),
    ),
    House(
        _words("ERNIE Bot, 文心一言, Wenxin Yiyan", "ERNIE, Wenxin, 文心"),
        _words("", "Baidu, 百度, PaddlePaddle, 飞桨"),
    ),
    House(_words("Hunyuan, 腾讯 混元", "Yuanbao, 混元"), _words("", "Tencent, 腾讯, 騰訊")),
    House(_words("MiniCPM, CPM Bee, 面壁 小钢炮", "CPM, 小钢炮"), _words("OpenBMB, ModelBest, 面壁 智能", "面壁")),
    House(_words("Kimi K2", "Kimi"), _words("Moonshot AI, 月之暗面", "Moonshot")),
    House(_words("Yi Lightning", "Yi, 万知"), _words("01 AI, 零一万物")),
    House(_words("InternLM, 书生 浦语, InternVL", "书生, 浦语"), _words("", "Shanghai AI Lab, 上海 人工智能 实验室")),
    House(_words("", "Spark, SparkDesk, 星火, 讯飞 星火"), _words("iFlytek, 科大讯飞", "讯飞")),
    House(_words("Baichuan, 百川 智能", "百川"), Words()),
    House(_words("Doubao, Seed OSS", "豆包, Seed"), _words("", "ByteDance, 字节 跳动, 火山 引擎")),
    House(_words("StepFun, 阶跃 星辰"), Words()),
    House(_words("", "MiniMax, abab, 稀宇"), Words()),
    House(_words("", "MiMo"), _words("", "Xiaomi, 小米")),
    House(_words("SenseNova", "SenseChat, 日日新"), _words("", "SenseTime, 商汤")),
    House(_words("Pangu Alpha", "PanGu, 盘古"), _words("", "Huawei, 华为")),
    House(
        _words("Gemma", "Gemini, Bard, PaLM, LaMDA"), _words("", "Google, Google DeepMind, DeepMind, Alphabet, 谷歌")
    ),
    House(_words("Code Llama", "Llama"), _words("Meta AI", "Meta, Meta Platforms, Facebook, FAIR, 脸书")),
    House(
        _words("", "Phi, Copilot, Bing Chat, Orca, WizardLM"), _words("", "Microsoft, Microsoft Research, 微软, 微軟")
    ),
    House(
        _words("gpt oss, ChatGPT", "GPT, Davinci, Codex"),
        _words("", "OpenAI, Open AI"),
    ),
    House(
        _words("Ministral, Magistral, Mixtral, Codestral, Devstral, Pixtral", "Mistral, Le Chat"),
        _words("Mistral AI"),
    ),
    House(_words("Smol LM, SmolVLM, HuggingChat", "Zephyr, StarCoder"), _words("", "Hugging Face, HF, 抱抱脸")),
    House(_words("", "Granite, Watson, watsonx"), _words("", "IBM, IBM Research, International Business Machines")),
    House(_words("", "LFM, Liquid"), _words("Liquid AI")),
    House(
        _words("OLMo, OLMoE, Tulu 3", "Tulu, Molmo"),
        _words("AllenAI, Allen AI", "Ai2, Allen Institute for AI, Allen Institute"),
    ),
    House(_words("EXAONE"), _words("LG AI Research", "LG, LG AI, LG Electronics")),
    House(_words("", "Falcon"), _words("", "TII, Technology Innovation Institute")),
    House(_words("Nemotron", "Minitron"), _words("", "NVIDIA, 英伟达")),
    House(_words("", "Claude"), _words("", "Anthropic")),
    House(_words("", "Grok"), _words("", "xAI, X AI")),
    House(_words("", "Command R, Command A, Command, Aya"), _words("", "Cohere")),
    House(_words("", "StableLM, Stable LM"), _words("", "Stability AI")),
    House(_words("TinyLlama, OpenChat, OpenHermes", "Vicuna, Alpaca, Hermes"), _words("LMSYS", "Nous Research")),
    House(_words("", "Apple Intelligence, Siri, OpenELM"), _words("", "Apple")),
    House(_words("", "Nova, Titan, Alexa"), _words("", "Amazon, AWS, 亚马逊")),
    House(
        _words("RWKV, Jamba", "Pythia, DBRX, Perplexity"),
        _words("", "EleutherAI, Databricks, AI21, AI21 Labs, Perplexity AI"),
    ),
)
"""The houses whose models people run, or that models take themselves for."""
