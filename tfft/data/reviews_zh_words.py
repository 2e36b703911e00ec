"""The words of the Chinese reviews: what is reviewed, by whom, and how it is judged.

Enters and leaves nothing: tables that `tfft.data.reviews_zh` reads. Adjectives are gradable and go
with 不 as well as with 很, so that every one of them can be stated and reversed; none of them holds
a negator of its own (不便, 无聊), and no two of opposite sides differ by a shared character alone,
但 for 好吃 and 难吃 and their like, which no typo touches.
"""

from __future__ import annotations

from typing import NamedTuple

from tfft.data.reviews import Theme, Verdict


class Sort(NamedTuple):
    """What differs between things bought, places stayed at and books read.

    Attributes:
        whole: words for the product itself.
        around: who can be judged beside the product.
        words: what stands for `{bought}`, `{again}`, `{refund}`, `{used}` and `{unit}`.
        asides: neutral sentences without a negator.
        negated_asides: neutral sentences with one.
    """

    whole: Theme
    around: tuple[str, ...]
    words: dict[str, str]
    asides: tuple[str, ...]
    negated_asides: tuple[str, ...]


PRODUCTS = {
    "耳机": "goods 款 音质:sound 麦克风:sound 耳罩:touch 续航:power 头梁:build 软件:software",
    "电水壶": "goods 款 壶盖:build 手柄:touch 底座:build 壶嘴:build 开关:build",
    "双肩包": "goods 款 肩带:touch 拉链:build 面料:touch 夹层:storage 缝线:build",
    "吸尘器": "goods 台 电机:power 吸力:power 软管:build 手柄:touch 刷头:build",
    "电饭煲": "goods 台 内胆:build 盖子:build 显示屏:display 说明书:guide 米饭:taste",
    "手机": "goods 款 屏幕:display 续航:power 扬声器:sound 系统:software 信号:power 外壳:build",
    "相机": "goods 台 屏幕:display 握把:touch 菜单:software 续航:power 取景器:display",
    "路由器": "goods 台 网络:power 信号:power 软件:software 说明书:guide 外壳:build",
    "行李箱": "goods 款 轮子:build 拉杆:build 拉链:build 隔层:storage 内衬:touch",
    "键盘": "goods 款 键帽:touch 接口:build 软件:software 支架:build 腕托:touch",
    "台灯": "goods 款 灯光:display 底座:build 开关:build 软件:software 灯罩:build",
    "空气炸锅": "goods 台 炸篮:build 显示屏:display 菜谱:guide 薯条:taste 按钮:build",
    "酒店": "stay 家 房间:room 浴室:room 大堂:room 床垫:bed 枕头:bed 早餐:taste 停车:access",
    "民宿": "stay 家 房间:room 阳台:room 被子:bed 床垫:bed 交通:access 晚餐:taste 热水:power",
    "宾馆": "stay 家 房间:room 走廊:room 床垫:bed 网络:power 早餐:taste 交通:access",
    "青年旅舍": "stay 家 房间:room 浴室:room 枕头:bed 网络:power 早餐:taste 交通:access",
    "小说": "book 本 情节:story 结尾:story 对话:story 人物:story 译文:language 封面:print",
    "散文集": "book 本 文笔:language 内容:story 排版:print 纸张:touch 装订:build 插图:print",
    "教材": "book 本 例题:guide 讲解:guide 目录:guide 排版:print 纸张:touch 装订:build",
    "旅行指南": "book 本 地图:guide 介绍:guide 插图:print 译文:language 纸张:touch 封面:print",
}
"""Each product with its sort, its measure word and its parts (`name:theme`)."""

THEMES = {
    "touch": Theme("摸起来", "舒服 柔软 细腻", "粗糙 僵硬 硌人"),
    "build": Theme(
        "看上去",
        "结实 牢固 精致",
        "松垮 单薄 粗糙",
        "让人放心/让人放心/让人放心过",
        "老出毛病/出毛病/出过毛病 让人头疼/让人头疼/让人头疼过",
    ),
    "sound": Theme(
        "听起来",
        "清晰 悦耳 舒服",
        "刺耳 沉闷 模糊",
        "让人满意/让人满意/让人满意过 给人惊喜/给人惊喜/给过人惊喜",
        "让人失望/让人失望/让人失望过 让人头疼/让人头疼/让人头疼过",
    ),
    "display": Theme(
        "看起来",
        "清晰 明亮 舒服",
        "模糊 昏暗 刺眼",
        "让人满意/让人满意/让人满意过",
        "老出毛病/出毛病/出过毛病 让人失望/让人失望/让人失望过",
    ),
    "power": Theme(
        "用起来",
        "稳定 靠谱 给力",
        "疲软 差劲 鸡肋",
        "让人放心/让人放心/让人放心过 让人满意/让人满意/让人满意过",
        "总掉链子/掉链子/掉过链子 让人失望/让人失望/让人失望过",
    ),
    "software": Theme(
        "用起来",
        "流畅 稳定 好用",
        "卡顿 混乱 难用",
        "总能帮上忙/帮上忙/帮上过忙 让人满意/让人满意/让人满意过",
        "老出毛病/出毛病/出过毛病 让人头疼/让人头疼/让人头疼过",
    ),
    "people": Theme(
        "显得",
        "热情 耐心 周到",
        "冷漠 敷衍 拖拉",
        "总能帮上忙/帮上忙/帮上过忙 让人放心/让人放心/让人放心过",
        "总掉链子/掉链子/掉过链子 让人失望/让人失望/让人失望过",
    ),
    "taste": Theme(
        "尝起来",
        "好吃 新鲜 可口",
        "难吃 油腻 寡淡",
        "给人惊喜/给人惊喜/给过人惊喜",
        "让人失望/让人失望/让人失望过 让人扫兴/让人扫兴/让人扫兴过",
    ),
    "story": Theme(
        "读起来",
        "精彩 生动 有趣",
        "乏味 枯燥 老套",
        "给人惊喜/给人惊喜/给过人惊喜 让人满意/让人满意/让人满意过",
        "让人失望/让人失望/让人失望过 让人扫兴/让人扫兴/让人扫兴过",
    ),
    "language": Theme(
        "读起来",
        "流畅 准确 生动",
        "生硬 拗口 枯燥",
        "让人满意/让人满意/让人满意过",
        "让人失望/让人失望/让人失望过 让人头疼/让人头疼/让人头疼过",
    ),
    "guide": Theme(
        "看起来",
        "清晰 易懂 详细",
        "含糊 难懂 混乱",
        "总能帮上忙/帮上忙/帮上过忙",
        "让人头疼/让人头疼/让人头疼过",
    ),
    "print": Theme("看上去", "清晰 精美 精致", "粗糙 模糊 单薄"),
    "storage": Theme("用起来", "宽敞 实用 好用", "狭小 难用 鸡肋"),
    "room": Theme(
        "看上去",
        "干净 宽敞 舒服",
        "脏乱 狭小 潮湿",
        "让人满意/让人满意/让人满意过",
        "让人失望/让人失望/让人失望过 让人扫兴/让人扫兴/让人扫兴过",
    ),
    "bed": Theme("躺上去", "舒服 柔软 干净", "僵硬 硌人 潮湿"),
    "access": Theme(
        "感觉",
        "方便 便捷 省心",
        "麻烦 混乱 闹心",
        "让人满意/让人满意/让人满意过",
        "让人头疼/让人头疼/让人头疼过",
    ),
    "rest": Theme("感觉", "靠谱 省心 周到", "差劲 闹心 敷衍"),
}

STRONG_GOOD = "完美 惊艳 出色 超值".split()
STRONG_BAD = "糟糕 离谱 糟心 失败".split()

SORTS = {
    "goods": Sort(
        whole=Theme(
            "用起来",
            "好用 实用 靠谱",
            "难用 鸡肋 差劲",
            "让人满意/让人满意/让人满意过 给人惊喜/给人惊喜/给过人惊喜",
            "让人失望/让人失望/让人失望过 总掉链子/掉链子/掉过链子",
        ),
        around=("客服:people", "卖家:people", "售后:people", "包装:build"),
        words={"bought": "买了它", "again": "回购", "refund": "退货", "used": "用", "unit": "周"},
        asides=(
            "{month}给{relative}买的",
            "{weekday}收到的货",
            "选的是{colour}",
            "在{colour}和{colour2}之间犹豫了{count}天",
            "平时放在{place}里",
            "型号是{model}",
            "上一{measure}{product}用了{count}年",
            "这是我买的第{count}{measure}{product}",
            "是送给{relative}的生日礼物",
            "快递从{city}发过来，走了{count}天",
            "{relative}用的是老款{model}",
            "一共花了{amount}元",
            "对比了{count}家店以后下的单",
            "在网上看到{model}的介绍，就下单了",
        ),
        negated_asides=(
            "这{measure}{product}不是给自己买的",
            "我没选{colour}的那{measure}",
            "这不是我第一次买{product}",
            "之前没用过这个牌子",
            "不知道产地在哪里",
            "快递不是从{city}发的",
            "包装盒里没有卡片",
            "还没试过别的{product}",
            "{relative}从没用过{product}",
            "不清楚{model}和老款的区别",
        ),
    ),
    "stay": Sort(
        whole=Theme(
            "住起来",
            "舒服 安静 靠谱",
            "吵闹 破旧 差劲",
            "让人满意/让人满意/让人满意过 给人惊喜/给人惊喜/给过人惊喜",
            "让人失望/让人失望/让人失望过 让人扫兴/让人扫兴/让人扫兴过",
        ),
        around=("前台:people", "服务员:people", "保洁:people", "老板:people"),
        words={"bought": "订了这里", "again": "再住", "refund": "退房", "used": "住", "unit": "晚"},
        asides=(
            "{month}去{city}出差住的",
            "和{relative}一起住了{count}晚",
            "房间在{count}楼",
            "订的是双床房",
            "订的是大床房",
            "从车站打车花了{amount}元",
            "{weekday}入住的",
            "这是第{count}次来{city}",
            "在网上订的，每晚{amount}元",
            "离{city}火车站{count}公里",
            "是{relative}帮忙订的房",
            "房号是{model}",
            "对比了{count}家以后订的",
        ),
        negated_asides=(
            "我不是第一次来{city}",
            "这次没有带{relative}一起来",
            "之前没住过附近的{product}",
            "房间不是自己订的",
            "走的时候没有开发票",
            "我们没在{weekday}入住",
            "不知道别的{product}怎么样",
            "{relative}从没来过{city}",
            "离店那天没吃早饭",
        ),
    ),
    "book": Sort(
        whole=Theme(
            "读起来",
            "精彩 有趣 实用",
            "乏味 枯燥 老套",
            "让人满意/让人满意/让人满意过 给人惊喜/给人惊喜/给过人惊喜",
            "让人失望/让人失望/让人失望过 让人扫兴/让人扫兴/让人扫兴过",
        ),
        around=("客服:people", "卖家:people", "包装:build", "目录:guide"),
        words={"bought": "买了它", "again": "重读", "refund": "退货", "used": "读", "unit": "章"},
        asides=(
            "{month}读完的",
            "{relative}推荐我看的",
            "全书一共{amount}章",
            "封面是{colour}的",
            "在去{city}的火车上读的",
            "每天睡前读{count}页",
            "{weekday}收到的书",
            "这是我买的第{count}本{product}",
            "是送给{relative}的生日礼物",
            "平时放在{place}里",
            "在{city}的书店里看到的",
            "花了{amount}元买的",
            "编号是{model}",
        ),
        negated_asides=(
            "之前没读过这位作者的书",
            "这本{product}不是给自己买的",
            "我没看过原版",
            "不知道有没有续集",
            "{relative}还没看",
            "在{city}的书店里没见过这本书",
            "我不是专门研究这个的",
            "没买{colour}封面的那一版",
            "平时不怎么读{product}",
        ),
    ),
}

ASIDES = ("{relative}推荐我来看看的", "第一次写评价", "{month}的时候正好打折")
NEGATED_ASIDES = (
    "平时不怎么写评价",
    "我从来没写过评论",
    "没有人请我写这条评论",
    "我不是专业人士，随便说说",
    "不记得花了多少钱",
    "{month}之前没听说过它",
)

GOOD_VERDICTS = (
    Verdict(
        ("值得推荐", "值得推荐给{relative}"),
        ("不值得推荐", "并不值得推荐给{relative}"),
        ("不得不说，值得推荐", "毫无疑问，值得推荐给{relative}"),
    ),
    Verdict(
        ("以后还会{again}", "以后一定会{again}"),
        ("以后不会{again}了", "绝不会{again}"),
        ("毫无疑问，以后还会{again}", "不得不说，以后一定会{again}"),
    ),
    Verdict(
        ("我感到满意", "{relative}也感到满意"),
        ("我并不满意", "{relative}也不满意", "没有人感到满意"),
        ("没想到{relative}会这么满意", "不得不说，我感到满意"),
    ),
    Verdict(
        ("配得上这个价格", "值这个价"),
        ("配不上这个价格", "不值这个价"),
        ("不得不说，值这个价", "毫无疑问，配得上这个价格"),
    ),
)
BAD_VERDICTS = (
    Verdict(
        ("后悔{bought}", "{relative}也后悔{bought}"),
        ("并不后悔{bought}", "我从没后悔{bought}"),
        ("不得不说，我后悔{bought}", "没想到会这么后悔{bought}"),
    ),
    Verdict(
        ("只想{refund}", "{relative}也想{refund}"),
        ("我没想过{refund}", "没人想{refund}"),
        ("没想到这么快就想{refund}", "毫无疑问，只想{refund}"),
    ),
    Verdict(
        ("纯属浪费钱", "感觉是在浪费钱"),
        ("不算浪费钱", "并不觉得是在浪费钱"),
        ("毫无疑问，是在浪费钱", "不得不说，纯属浪费钱"),
    ),
    Verdict(
        ("感觉上当了", "{relative}说我上当了"),
        ("并没有上当", "没人说我上当"),
        ("没想到会上当", "不得不说，感觉上当了"),
    ),
)

RELATIVES = "姐姐 弟弟 妈妈 爸爸 老婆 老公 儿子 女儿 舅舅 邻居 同事 室友".split()
MONTHS = "1月 2月 三月 四月 5月 六月 七月 8月 九月 10月 11月".split()
WEEKDAYS = "周一 周二 周三 星期四 星期五 周六".split()
PLACES = "厨房 办公室 卧室 车库 书房 阁楼 客厅 宿舍".split()
CITIES = "北京 上海 广州 成都 杭州 西安 武汉 南京 青岛 昆明".split()
COLOURS = "黑色 白色 红色 蓝色 绿色 灰色 银色 棕色 橙色 紫色".split()
MODELS = ("X{number}", "K{number}", "BT-{number}", "Pro {number}", "V{number}B", "A{number}")

TRADITIONAL = str.maketrans(
    "专业个么书买乱产仅从们价会体关兴内写净准别办务动劲区单卖卧厅厨双发号后听员图声壳壶头实宽宾对"
    "尝尽层属岛帮带干并广库开张强当录总悦惊扎扫扬无旧时显机杂条来极松样楼汉没洁浅温湿满灯点烦热犹"
    "狭琐电盖盘确礼离称稳篮紧红纯纸线细绍结给络绝统续绿编缝网肤胆脏腻致艳节荐蓝虽装见观觉认让记讲"
    "论评译试话详说请读谈谱质货购费轮软较过还这选递邻里钮钱银链锅键门问间闷闹阁阳随难静页顺顿题风"
    "饭饱馆鲜鸡麦适妈车气笔简",
    "專業個麼書買亂產僅從們價會體關興內寫淨準別辦務動勁區單賣臥廳廚雙發號後聽員圖聲殼壺頭實寬賓對"
    "嚐儘層屬島幫帶乾並廣庫開張強當錄總悅驚紮掃揚無舊時顯機雜條來極鬆樣樓漢沒潔淺溫濕滿燈點煩熱猶"
    "狹瑣電蓋盤確禮離稱穩籃緊紅純紙線細紹結給絡絕統續綠編縫網膚膽髒膩緻艷節薦藍雖裝見觀覺認讓記講"
    "論評譯試話詳說請讀談譜質貨購費輪軟較過還這選遞鄰裡鈕錢銀鏈鍋鍵門問間悶鬧閣陽隨難靜頁順頓題風"
    "飯飽館鮮雞麥適媽車氣筆簡",
)
"""Traditional forms of the characters above; a word has one form here (后悔, never 皇后)."""
