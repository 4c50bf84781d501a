"""Where an answer says which model it is or who made it, in English and Chinese.

All functions take normalized text (see `normalization`): what stands before a name, with `GAP` for every name that was
masked, and what stands after it.
"""

import re

GAP = "▒"
"""What stands for a name that was masked."""

REACH = 200
"""How many characters before and after a name matter."""


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


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
_TEAM = (
    r"(?:\s+(?:\w+\s+){0,5}?(?:team|company|lab|firm|people|minds|engineers|researchers|developers|assistant|model)\b)?"
)
_BY = rf"{_MADE}{_ANY}{{0,60}}?\b(?:by|at|from)\b{_TEAM}{_FILLER}"
_NO_OTHER_SUBJECT = rf"(?:(?!(?<!that )(?<!which )\b(?:was|is|were|are)\b){_ANY}){{0,120}}?"

_ZH_MADE = r"(?:开发|研发|训练|推出|打造|创造|创建|发布|设计|构建|提供|制作)"
_ZH_FILLER = (
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

_SELF = _any_of(
    rf"\b(?:{_I_AM})\b{_FILLER}",
    rf"\b(?:{_I_WAS})\b{_NO_OTHER_SUBJECT}(?:{_BY}|\b(?:called|named|known\s+as)\b{_FILLER})",
    rf"\b{_MY_MAKER}\b[\s,:]*(?:(?:is|are|was|were|at)\b)?{_FILLER}",
    rf"(?:{_ZH_I_AM}){_ZH_FILLER}",
    rf"(?:{_ZH_I_WAS}){_ANY}{{0,60}}?(?:由|被|来自|出自|隶?属于|基于|名[为叫]|叫做?|称为){_ZH_FILLER}",
    rf"我(?:就|正|也)?是[^,;.!?。！？\n]{{0,40}}?{_ZH_MADE}的{_ZH_FILLER}",
    rf"{_ZH_MY_MAKER}{_ZH_FILLER}",
)

_MODEL_MADE = _any_of(
    rf"(?:{_NOUN}|▒){_NO_OTHER_SUBJECT}{_BY}",
    rf"(?:{_NOUN}|▒)\s+(?:was|is)\s+(?:{_ANY}{{0,40}}\s)??{_BY}",
    rf"(?:^|[.!?。！？\n])\s*{_BY}",
    rf"(?:模型|助[手理]|ai|人工智能|机器人|▒){_ANY}{{0,40}}?(?:由|被|来自){_ZH_FILLER}",
    rf"(?:^|[.!?。！？\n])\s*(?:是)?(?:一[个款种])?由{_ZH_FILLER}",
)

_ENTRY = r"(?:^|[.!?。！？\n,;{(|•+\-])\s*[\"']?(?:\d+[.)]\s*)?"
_ENTERED = r"[\"']?\s*[:|]\s*[\"'「『《(]*$"

_MODEL_LABEL = _any_of(
    rf"{_ENTRY}(?:(?:(?:my|full|model|ai|assistant(?:'s)?)\s+)?name|(?:(?:ai|language)\s+)?model){_ENTERED}",
    rf"{_ENTRY}(?:我的|模型|中文|英文)*(?:名字|姓名|名称|全名|昵称|模型|型号){_ENTERED}",
    rf"{_ZH_START}这里是\s*$",
)
_MAKER_LABEL = _any_of(
    rf"{_ENTRY}(?:developers?|creators?|makers?){_ENTERED}",
    rf"{_ENTRY}(?:我的|模型)?(?:(?:开发|研发|创造|创建|制作|训练)者|(?:开发|研发)(?:商|方|公司|团队|机构)){_ENTERED}",
)

_TOLD_AFTER = re.compile(
    r"\s(?:created|made|developed|trained|built|designed)\sme|"
    r"\s(?:here\sto\shelp|at\syour\sservice)|"
    r"\sis\smy\s(?:name|creator|developer|maker|parent\scompany)|"
    r"(?:公司|团队)?(?:开发|训练|创造|创建|研发|设计)了我|"
    r"是我的(?:名字|开发者|创造者|创建者|母公司|开发商)"
)
_AFTER_AS = re.compile(r",\s?i[\s']|\si\s|,\smy\s|,\s?我|(?:开发|研发|训练|推出)的")
_AFTER_OPENING = re.compile(r"\s(?:here|speaking)(?:[!.,:;\n]|$)")
_AS = re.compile(r"(?:\bas(?:\s+an?|\s+the)?\s+|(?:作为|身为)\s*)$")
_ARTICLE = re.compile(r"\b(?:an?|the)\s$")
_OPENING = re.compile(
    r"(?:^|[.!?。！？\n\"'(])\s*(?:(?:hi|hello|hey|greetings|howdy)\b,?\s*(?:there\b,?\s*)?|(?:yes|no|well),\s*)?$"
)


def identifies(before: str, after: str) -> bool:
    """Return whether a name between `before` and `after` is said to be the speaker's or its maker's."""
    if _SELF.search(before) or _TOLD_AFTER.match(after):
        return True
    return _AS.search(before) is not None and _AFTER_AS.match(after) is not None


def tells_maker(before: str) -> bool:
    """Return whether a name after `before` made a model, probably the speaker: "A model trained by"."""
    return _MODEL_MADE.search(before) is not None


def introduces(before: str, after: str) -> bool:
    """Return whether a sentence begins with the name, and introduces the speaker: "Phi here!"."""
    return _OPENING.search(before) is not None and _AFTER_OPENING.match(after) is not None


def is_labeled(before: str, *, model: bool) -> bool:
    """Return whether the name is the entry of a card: "Name:" for that of a `model`, "Developer:" for a maker's."""
    return (_MODEL_LABEL if model else _MAKER_LABEL).search(before) is not None


def takes_article(before: str) -> bool:
    """Return whether an article stands right before, as it does before a llama."""
    return _ARTICLE.search(before) is not None
