"""Owns the contexts in which a speaker says who it is or who made it, in English and Chinese; `tongues` has others.

All of them see folded text: small letters, no emphasis, straight quotes, and `GAP` for every name masked before.
"""

import re

from tui.arena import tongues

GAP = "▒"
"""What stands for a name that was masked already."""

END = "\n"
"""What stands for the end of a line, or of everything, in what follows a name."""

REACH = 200
"""How many folded characters before a name are looked at."""

_ANY = r"[^.!?。！？\n]"
_FILLER = (
    r"(?:[\s,:;(\"'「『《\-–—]|\b(?:an?|the|your|not|just|simply|actually|also|indeed|called|named|name|known|as|none|other|"
    r"than|ai|artificial|intelligence|large|small|tiny|language|multimodal|models?|llm|assistant|chatbot|chat|bot|virtual|"
    r"helpful|digital|friendly|personal|advanced|powerful|multilingual|open|source|weights?|based|on|version|of|instance|"
    r"variant|series|family|team|researchers?|research|engineers?|scientists?|people|company|startup|lab|group|tech|"
    r"technology|giant|chinese|american|french|by|from|at|with|that|it's|one|part|members?|product|creation|(?:models?|one)\s+in|"
    r"in\s+fact|of\s+course|really|truly|proudly|new|latest|compact|lightweight|distilled|(?:fine|instruction)-?\s?tuned|"
    r"\d+(?:\.\d+)?[bm]?|parameters?)\b|▒(?:'s\b|[\s,]*(?:and|or|&|/))?)*$"
)
_MADE = (
    r"\b(?:made|created|developed|built|trained|designed|produced|released|provided|maintained|powered|published|launched|"
    r"introduced|engineered|programmed|invented|operated|run|offered|brought|(?:pre|fine)-?\s?(?:trained|tuned))\b"
)
_PRAISED = (
    r"(?:\s+(?:\w+\s+){0,5}?(?:team|company|lab|firm|people|minds|engineers|researchers|developers|assistant|model)\b)?"
)
_BY = rf"{_MADE}{_ANY}{{0,60}}?\b(?:by|at|from)\b{_PRAISED}{_FILLER}"
_NO_OTHER_SUBJECT = rf"(?:(?!(?<!that )(?<!which )\b(?:was|is|were|are)\b){_ANY}){{0,120}}?"

_ZH_MADE = r"(?:开发|研发|训练|推出|打造|创造|创建|发布|设计|构建|提供|制作)"
_THEIRS = (
    r"(?:的|是|一[个款种名位员]|之一|由|来自|出自|基于|名为|名叫|叫做?|称为|不|中国|美国|公司|集团|科技|实验室|keg|旗下|团队|"
    r"系列|家族|成员|开源|免费|您|你|人工智能|ai|lab|超?大(?:规模|型)?|语言|模型|助[手理]|智能|聊天|对话|机器人|虚拟|"
    rf"和|与|及|自主|共同|联合|独立|倾力|最新|{_ZH_MADE}|▒|[\s,、:\"'「『《(\-])*$"
)
_NOUN = r"\b(?:ai|models?|llm|assistant|chatbot|bot)\b"
_I_AM = (
    r"i\s*am|i'm|i\s+was\s+(?:named|called)|my\s+(?:\w+\s+)?name(?:\s+is|'s|:)|(?:call|consider)\s+me|refer\s+to\s+me\s+as|"
    r"i\s+go\s+by|i\s+(?:come|hail)\s+from|i\s+(?:work|speak)\s+for|i\s+belong\s+to|i\s+(?:am\s+)?run(?:ning)?\s+on|"
    r"(?:hello|hi|hey)[,!.\s]+this\s+is|you(?:'re|\s+are)\s+(?:now\s+)?(?:chatting|talking|speaking)\s+(?:with|to)"
)
_NOT_ABOUT_ITSELF = (
    r"(?!\s+(?:(?:not|just|so|very|also|still|only)\s+)*(?:sorry|sure|aware|familiar|happy|glad|afraid|unable|able|using|"
    r"talking|speaking|thinking|referring|looking|fond|a\s+(?:\w+\s+)?fan)\b)"
)
_I_WAS = (
    rf"(?:i\s*am|i'm|i\s+was|i've\s+been|i\s+have\s+been|i\s+got)\b{_NOT_ABOUT_ITSELF}|"
    rf"as\s+an?\s(?:[\w-]+\s+){{0,6}}?{_NOUN}"
)
_MY_MAKER = (
    r"my\s+(?:creators?|developers?|makers?|trainers?|inventors?|provider|owners?|team|"
    r"(?:parent\s+)?company|organi[sz]ation)"
)
_ZH_START = r"(?:^|[\s,.;:!?。！？\"'「『(])"
_ZH_I = rf"(?:我|俺|咱|{_ZH_START}本人)"
_ZH_I_AM = (
    rf"{_ZH_I}(?:就|正|也|其实|当然|并)?(?:不)?是|{_ZH_I}(?:的)?(?:中文|英文)?(?:全?名|名字)(?:叫做?|是|为|:)?|"
    rf"{_ZH_I}(?:名叫|叫做?|名为)|{_ZH_START}在下(?!一)|我被?(?:称为|叫做|命名为)|称?[呼叫唤]我(?:为|作)?|"
    r"我(?:来自|出自|隶?属于|基于|由)|(?:作为|身为)一[个款种名位]"
)
_ZH_I_WAS = (
    rf"我(?:就|正|也|其实|当然|并)?(?:不)?是|我叫|我由|我被|我来自|我的{_ANY}{{0,8}}?(?:模型|架构|技术|训练|系统)|"
    r"作为|身为|本(?:模型|助手|系统|ai)"
)
_ZH_MY_MAKER = (
    r"我们?的(?:开发者|创造者|创建者|研发者|制造者|设计者|开发商|母公司|公司|"
    r"(?:开发|研发|技术)?团队|作者)(?:是|为|来自|叫|:|,)*"
)

_SELF = re.compile(
    "|".join(
        (
            rf"\b(?:{_I_AM})\b{_FILLER}",
            rf"\b(?:{_I_WAS})\b{_NO_OTHER_SUBJECT}(?:{_BY}|\b(?:called|named|known\s+as)\b{_FILLER})",
            rf"\b{_MY_MAKER}\b[\s,:]*(?:(?:is|are|was|were|at)\b)?{_FILLER}",
            rf"(?:{_ZH_I_AM}){_THEIRS}",
            rf"(?:{_ZH_I_WAS}){_ANY}{{0,60}}?(?:由|被|来自|出自|隶?属于|基于|名[为叫]|叫做?|称为){_THEIRS}",
            rf"我(?:就|正|也)?是[^,;.!?。！？\n]{{0,40}}?{_ZH_MADE}的{_THEIRS}",
            rf"{_ZH_MY_MAKER}{_THEIRS}",
        )
    )
)

_ENTRY = r"(?:^|[.!?。！？\n,;{(|•+\-])\s*[\"']?(?:\d+[.)]\s*)?"
_ENTERED = r"[\"']?\s*[:|]\s*[\"'「『《(]*$"

_NAME_LABEL = re.compile(
    "|".join(
        (
            rf"{_ENTRY}(?:(?:(?:my|full|model|ai|assistant(?:'s)?)\s+)?name|(?:(?:ai|language)\s+)?model){_ENTERED}",
            rf"{_ENTRY}(?:我的|模型|中文|英文)*(?:名字|姓名|名称|全名|昵称|模型|型号){_ENTERED}",
            rf"{_ZH_START}这里是\s*$",
        )
    )
)

_MODEL_MADE = re.compile(
    "|".join(
        (
            rf"(?:{_NOUN}|▒){_NO_OTHER_SUBJECT}{_BY}",
            rf"(?:{_NOUN}|▒)\s+(?:was|is)\s+(?:{_ANY}{{0,40}}\s)??{_BY}",
            rf"(?:^|[.!?。！？\n])\s*{_BY}",
            rf"(?:模型|助[手理]|ai|人工智能|机器人|▒){_ANY}{{0,40}}?(?:由|被|来自){_THEIRS}",
            rf"(?:^|[.!?。！？\n])\s*(?:是)?(?:一[个款种])?由{_THEIRS}",
            rf"{_ENTRY}(?:developers?|creators?|makers?){_ENTERED}",
            rf"{_ENTRY}(?:我的|模型)?(?:(?:开发|研发|创造|创建|制作|训练)者|(?:开发|研发)(?:商|方|公司|团队|机构)){_ENTERED}",
        )
    )
)

AFTER: tuple[str, ...] = (
    *(f" {verb} me" for verb in ("created", "made", "developed", "trained", "built", "designed")),
    *(f" is my {noun}" for noun in ("name", "creator", "developer", "maker", "parent company")),
    *(f" {offer}" for offer in ("here to help", "at your service")),
    *(
        f"{firm}{verb}了我"
        for firm in ("", "公司", "团队")
        for verb in ("开发", "训练", "创造", "创建", "研发", "设计")
    ),
    *(f"是我的{noun}" for noun in ("名字", "开发者", "创造者", "创建者", "母公司", "开发商")),
)
"""What, right after a name, says that it is the speaker's or its maker's."""

AFTER_AS: tuple[str, ...] = (", i ", ", i'", " i ", ", my ", ", 我", ",我", "开发的", "研发的", "训练的", "推出的")
"""What says so after "as" or 作为 and a name."""

AFTER_OPENING: tuple[str, ...] = tuple(f" {verb}{end}" for verb in ("here", "speaking") for end in f"!.,:;{END}")
"""What says so after a player's name that opens a sentence."""

_AS = re.compile(r"(?:\bas(?:\s+an?|\s+the)?\s+|(?:作为|身为)\s*)$")
_ARTICLE = re.compile(r"\b(?:an?|the)\s$")
_OPENING = re.compile(
    r"(?:^|[.!?。！？\n\"'(])\s*(?:(?:hi|hello|hey|greetings|howdy)\b,?\s*(?:there\b,?\s*)?|(?:yes|no|well),\s*)?$"
)


def speaks_of_itself(before: str) -> bool:
    """Whether whoever wrote `before` goes on to name itself or its maker."""
    return _SELF.search(before) is not None or tongues.speaks_of_itself(before)


def speaks_of_a_model(before: str) -> bool:
    """Whether `before` goes on to name who made some model, or to enter a maker into a card: its own as like as not."""
    return _MODEL_MADE.search(before) is not None


def speaks_as(before: str) -> bool:
    """Whether `before` ends with "as" or 作为: what follows the name decides."""
    return _AS.search(before) is not None


def is_labeled(before: str) -> bool:
    """Whether `before` goes on to enter a name into a card, or to say whom one has reached: itself as like as not."""
    return _NAME_LABEL.search(before) is not None


def opens(before: str) -> bool:
    """Whether a sentence begins after `before`, or after its greeting."""
    return _OPENING.search(before) is not None


def takes_article(before: str) -> bool:
    """Whether an article stands right before, as it does before a llama."""
    return _ARTICLE.search(before) is not None
