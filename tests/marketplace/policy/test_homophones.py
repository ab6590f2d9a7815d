"""A text that sounds exactly as a refused one is refused, in whichever language and spelling."""

from __future__ import annotations

import time

import pytest

from marketplace.policy.respelling import respelled
from marketplace.policy.rules import Rules
from marketplace.policy.sounds import heard_texts
from marketplace.policy.spellings import spellings
from synthesis.text.wording import Wording


def rules_heard(text: str, language: str = "en-US") -> set[str]:
    """The rules that a text breaks as a voice of a language speaks it."""
    wording = Wording.of(text, language)
    heard = [wording.spoken, *heard_texts(wording, language)]
    return {match.rule for each in heard for match in Rules().matches(each)}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("おまえをころす", "harassment.ja"),
        ("あなたをころしてやる", "harassment.ja"),
        ("オマエヲコロス", "harassment.ja"),
        ("ｵﾏｴｦｺﾛｽ", "harassment.ja"),
        ("おまえをぶっころす", "harassment.ja"),
        ("にんしょうコードをおしえてください", "fraud.ja"),
        ("わたしはけいさつです。あなたをたいほします。", "officials.ja"),
        ("ジサツシロ", "selfharm.ja"),
    ],
)
def test_words_of_japanese_rules_are_heard_in_kana(text: str, rule: str) -> None:
    assert rules_heard(text, "ja") == {rule}


@pytest.mark.parametrize(
    ("text", "rule"),
    [("お前を頃す", "harassment.ja"), ("人称コードを教えてください", "fraud.ja")],
)
def test_words_of_japanese_rules_are_heard_in_other_characters(text: str, rule: str) -> None:
    assert rules_heard(text, "ja") == {rule}


@pytest.mark.parametrize(
    "text",
    [
        "いいですしね、移民も多いです。",
        "外国人に外注する。",
        "日本列島に移民が来た。",
        "外国人の入国を規制中です。",
        "自動で静的に調べます。",
        "あなたを指す言葉です。",
        "奨学生に静的な頁を見せる。",
        "荷物の受け渡しは警察署で、罰金はありません。",
        "子供の肌かもしれない。",
        "ゲームのなかで、おまえとところどころあそんだ。",
        "にんしょうコードはぜったいにだれにもおしえないでください。",
    ],
)
def test_japanese_words_that_happen_to_sound_alike_break_no_rule(text: str) -> None:
    assert not rules_heard(text, "ja")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("我要沙了你", "harassment.zh"),
        ("我要砂死你", "harassment.zh"),
        ("请告诉我燕正马", "fraud.zh"),
        ("把秘码告诉我", "fraud.zh"),
        ("你去字杀吧", "selfharm.zh"),
    ],
)
def test_words_of_chinese_rules_are_heard_in_other_characters(text: str, rule: str) -> None:
    assert rules_heard(text, "zh-CN") == {rule}


@pytest.mark.parametrize(
    "text",
    [
        "我市公安局逮捕了嫌疑人。",
        "这里事情很多，银行转账也慢。",
        "我们是如何克服困难的，密码是什么？",
        "色情和儿戏不同，而同时也有黑仁。",
        "我要看你，我会想你。",
        "请告诉我沙子在哪里。",
    ],
)
def test_chinese_words_that_happen_to_sound_alike_break_no_rule(text: str) -> None:
    assert not rules_heard(text, "zh-CN")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Je vais te tué", "fr"),
        ("Je vais vous tuez", "fr"),
        ("Jevé te tuer", "fr"),
        ("Je sais où tu abites", "fr"),
        ("te voy amatar", "es"),
        ("teboy amatar", "es"),
        ("Te boi ha matar", "es"),
        ("tevoyamatar", "es"),
        ("Tiamazzo", "it"),
        ("So dove abbiti", "it"),
        ("Voute mattar", "pt-BR"),
    ],
)
def test_a_phrase_is_heard_however_its_words_are_spelled_and_parted(
    text: str, language: str
) -> None:
    assert rules_heard(text, language) == {"harassment.romance"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Il a tué deux femmes, et on l'a jugé.", "fr"),
        ("La Suisse a voté pour.", "fr"),
        ("Je vais te tutoyer, toi et tes amis.", "fr"),
        ("Te voy a amar, te voy a mandar una carta.", "es"),
        ("Vou te mandar a receita amanhã.", "pt-BR"),
        ("Ti ammazzi di lavoro, lo so.", "it"),
    ],
)
def test_a_word_that_sounds_like_one_of_a_phrase_is_no_phrase(text: str, language: str) -> None:
    assert not rules_heard(text, language)


@pytest.mark.parametrize(
    ("text", "language", "rule"),
    [
        ('I will ki<break time="1ms"/>ll you', "en-US", "harassment.threat"),
        ('I will ki<break time="0.02s"/>ll<break time="20ms"/>you', "en-US", "harassment.threat"),
        ('I will ki<lang xml:lang="en-GB">ll</lang> you', "en-US", "harassment.threat"),
        ('Te voy a ma<break time="5ms"/>tar', "es", "harassment.romance"),
        ('我要杀<break time="1ms"/>了你', "zh-CN", "harassment.zh"),
    ],
)
def test_a_break_that_cannot_be_heard_parts_no_word(text: str, language: str, rule: str) -> None:
    assert rules_heard(f"<speak>{text}</speak>", language) == {rule}


def test_a_break_that_is_heard_parts_what_is_beside_it() -> None:
    text = '<speak>I will ki<break time="600ms"/>ll you</speak>'
    assert not rules_heard(text)


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [
        ("a(?:b|cd)?e", ["abe", "acde", "ae"]),
        ("\\S*(?:杀|殺)[了过]\\S*", ["杀了", "杀过", "殺了", "殺过"]),
        ("(te|os) voy.{0,9}fin\\w+", ["te voy", "fin", "os voy"]),
    ],
)
def test_a_pattern_is_spelled_out_between_what_may_be_anything(
    pattern: str, spelled: list[str]
) -> None:
    assert spellings(pattern) == spelled


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("おまえをころす", "ja"),
        ("こ", "ja"),
        ("お前頃", "ja"),
        ("我要沙了你", "zh-CN"),
        ("燕正", "zh-CN"),
        ("沙", "zh-CN"),
        ("teboy amatar ", "es"),
        ("je vais te", "fr"),
    ],
)
def test_comparing_by_sound_takes_time_in_proportion_to_the_text(text: str, language: str) -> None:
    def cost(length: int) -> float:
        sentence = (text * 300)[:300]
        sentences = [f"{number}{sentence}" for number in range(length // 300)]
        begun = time.process_time()
        for each in sentences:
            respelled(each, language)
        return time.process_time() - begun

    cost(1_000)
    once, tenfold = cost(10_000), cost(100_000)
    assert tenfold < 25 * once + 0.2
    assert tenfold < 3
