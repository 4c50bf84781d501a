"""The names by which models and their makers are known, Latin and Chinese."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spellings:
    """Spellings that mean nothing else (`unique`), and words that may mean more (`common`).

    Case, accents and full-width letters do not matter; between letters may stand a separator.
    """

    unique: tuple[str, ...] = ()
    common: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes models: the names of its `models`, and its own."""

    models: Spellings
    names: Spellings


def _spellings(unique: str, common: str = "") -> Spellings:
    return Spellings(*(tuple(word for word in words.split(", ") if word) for words in (unique, common)))


MAKERS: tuple[Maker, ...] = (
    Maker(
        _spellings(
            "Qwen, QwenLM, QwQ, QVQ, Tongyi Qianwen, Qianwen, 通义 千问, 通義 千問, 千问, 千問", "Tongyi, 通义, 通義"
        ),
        _spellings(
            "Alibaba Cloud, Alibaba 云, Aliyun, 阿里云, 阿里雲, 阿里 巴巴 云",
            "Alibaba, Alibaba Group, Alibaba DAMO Academy, Tongyi Lab, 阿里 巴巴, 阿里, 达摩院",
        ),
    ),
    Maker(
        _spellings("DeepSeek, Deep Seek, 深度求索, 深度 求索 人工智能"),
        _spellings("", "High Flyer, 幻方量化, 幻方"),
    ),
    Maker(
        _spellings("ChatGLM, 智谱 清言, CogLM", "GLM"),
        _spellings(
            "Zhipu, Zhipu AI, 智谱, 智谱 AI, 智譜, 智谱 华章", "Z AI, Tsinghua, Tsinghua University, 清华, 清华大学"
        ),
    ),
    Maker(
        _spellings("ERNIE Bot, 文心一言, Wenxin Yiyan", "ERNIE, Wenxin, 文心"),
        _spellings("", "Baidu, 百度, PaddlePaddle, 飞桨"),
    ),
    Maker(_spellings("Hunyuan, 腾讯 混元", "Yuanbao, 混元"), _spellings("", "Tencent, 腾讯, 騰訊")),
    Maker(
        _spellings("MiniCPM, CPM Bee, 面壁 小钢炮", "CPM, 小钢炮"), _spellings("OpenBMB, ModelBest, 面壁 智能", "面壁")
    ),
    Maker(_spellings("Kimi K2", "Kimi"), _spellings("Moonshot AI, 月之暗面", "Moonshot")),
    Maker(_spellings("Yi Lightning", "Yi, 万知"), _spellings("01 AI, 零一万物")),
    Maker(
        _spellings("InternLM, 书生 浦语, InternVL", "书生, 浦语"),
        _spellings("", "Shanghai AI Lab, 上海 人工智能 实验室"),
    ),
    Maker(_spellings("", "Spark, SparkDesk, 星火, 讯飞 星火"), _spellings("iFlytek, 科大讯飞", "讯飞")),
    Maker(_spellings("Baichuan, 百川 智能", "百川"), Spellings()),
    Maker(_spellings("Doubao, Seed OSS", "豆包, Seed"), _spellings("", "ByteDance, 字节 跳动, 火山 引擎")),
    Maker(_spellings("StepFun, 阶跃 星辰"), Spellings()),
    Maker(_spellings("", "MiniMax, abab, 稀宇"), Spellings()),
    Maker(_spellings("", "MiMo"), _spellings("", "Xiaomi, 小米")),
    Maker(_spellings("SenseNova", "SenseChat, 日日新"), _spellings("", "SenseTime, 商汤")),
    Maker(_spellings("Pangu Alpha", "PanGu, 盘古"), _spellings("", "Huawei, 华为")),
    Maker(
        _spellings("Gemma", "Gemini, Bard, PaLM, LaMDA"),
        _spellings("", "Google, Google DeepMind, DeepMind, Alphabet, 谷歌"),
    ),
    Maker(_spellings("Code Llama", "Llama"), _spellings("Meta AI", "Meta, Meta Platforms, Facebook, FAIR, 脸书")),
    Maker(
        _spellings("", "Phi, Copilot, Bing Chat, Orca, WizardLM"),
        _spellings("", "Microsoft, Microsoft Research, 微软, 微軟"),
    ),
    Maker(
        _spellings("gpt oss, ChatGPT", "GPT, Davinci, Codex"),
        _spellings("", "OpenAI, Open AI"),
    ),
    Maker(
        _spellings("Ministral, Magistral, Mixtral, Codestral, Devstral, Pixtral", "Mistral, Le Chat"),
        _spellings("Mistral AI"),
    ),
    Maker(_spellings("Smol LM, SmolVLM, HuggingChat", "Zephyr, StarCoder"), _spellings("", "Hugging Face, HF, 抱抱脸")),
    Maker(
        _spellings("", "Granite, Watson, watsonx"), _spellings("", "IBM, IBM Research, International Business Machines")
    ),
    Maker(_spellings("", "LFM, Liquid"), _spellings("Liquid AI")),
    Maker(
        _spellings("OLMo, OLMoE, Tulu 3", "Tulu, Molmo"),
        _spellings("AllenAI, Allen AI", "Ai2, Allen Institute for AI, Allen Institute"),
    ),
    Maker(_spellings("EXAONE"), _spellings("LG AI Research", "LG, LG AI, LG Electronics")),
    Maker(_spellings("", "Falcon"), _spellings("", "TII, Technology Innovation Institute")),
    Maker(_spellings("Nemotron", "Minitron"), _spellings("", "NVIDIA, 英伟达")),
    Maker(_spellings("", "Claude"), _spellings("", "Anthropic")),
    Maker(_spellings("", "Grok"), _spellings("", "xAI, X AI")),
    Maker(_spellings("", "Command R, Command A, Command, Aya"), _spellings("", "Cohere")),
    Maker(_spellings("", "StableLM, Stable LM"), _spellings("", "Stability AI")),
    Maker(
        _spellings("TinyLlama, OpenChat, OpenHermes", "Vicuna, Alpaca, Hermes"), _spellings("LMSYS", "Nous Research")
    ),
    Maker(_spellings("", "Apple Intelligence, Siri, OpenELM"), _spellings("", "Apple")),
    Maker(_spellings("", "Nova, Titan, Alexa"), _spellings("", "Amazon, AWS, 亚马逊")),
    Maker(
        _spellings("RWKV, Jamba", "Pythia, DBRX, Perplexity"),
        _spellings("", "EleutherAI, Databricks, AI21, AI21 Labs, Perplexity AI"),
    ),
)
"""The makers whose models people run, or that models take themselves for."""
