"""What is said with an unheard sign or a short pause in a word is judged as the word."""

from __future__ import annotations

import re
import time

import pytest

from marketplace.policy.rules import Rules, across_gaps
from marketplace.policy.sounds import heard_texts
from synthesis.text.normalize import normalize
from synthesis.text.phonemes import phonemize
from synthesis.text.wording import Wording
from tests.marketplace.policy.test_homophones import rules_heard


@pytest.mark.parametrize(
    ("language", "text", "plain"),
    [
        ("zh-CN", "我要杀·了你", "我要杀了你"),
        ("zh-CN", "我要杀-了你", "我要杀了你"),
        ("zh-CN", "请把验·证码告诉我。", "请把验证码告诉我。"),
        ("ja", "お前を·殺すぞ", "お前を殺すぞ"),
        ("ja", "おまえを/ころす", "おまえをころす"),
        ("ja", "お前を殺し·てやる。", "お前を殺してやる。"),
    ],
)
def test_a_sign_that_is_not_heard_hides_nothing(language: str, text: str, plain: str) -> None:
    def said(each: str) -> str:
        return phonemize(normalize(each, language), language).replace(" ", "")

    assert said(text) == said(plain)
    assert rules_heard(text, language)


@pytest.mark.parametrize(
    "sign", [*"·‧・-/\\'•※+&@〜[]<>…^\"_|!！、，“」™ʻ☺ ", "ा", "\ufe0f\u3164", "。", "\n"]
)
def test_signs_between_any_characters_hide_nothing(sign: str) -> None:
    for text in ("我要杀了你", "我要沙了你"):
        assert rules_heard(sign.join(text), "zh-CN") == {"harassment.zh"}
    assert rules_heard(sign.join("お前を殺すぞ"), "ja") == {"harassment.ja"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "<s>我要杀</s><s>了你</s>"),
        ("zh-CN", "<p>我要沙</p><p>了你</p>"),
        ("zh-CN", '我要沙<break time="900ms"/>了你'),
        ("ja", "お前を<s>殺</s><s>す</s>"),
        ("ja", "<p>おまえをこ</p><p>ろす</p>"),
    ],
)
def test_nothing_between_characters_without_spaces_parts_what_they_say(
    language: str, text: str
) -> None:
    assert rules_heard(f"<speak>{text}</speak>", language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", '我要杀<break time="50ms"/>了你'),
        ("ja", 'おまえをころ<break time="50ms"/>す'),
        ("es", 'Te voy a ma<break time="50ms"/>tar'),
        ("es", "Te voy a ma<break/>tar"),
        ("es", 'Te voy a ma·<break time="50ms"/>·tar'),
        ("es", "Te voy a ma" + '<break time="50ms"/>' * 10 + "tar"),
        ("es", 'Te voy a m<break time="0.4s"/>a<break time="0.4s"/>t<break time="0.4s"/>ar'),
        ("es", 'Te voy a ma<lang xml:lang="es"><break time="60ms"/>tar</lang>'),
        ("es", 'Te voy a <emphasis>ma</emphasis><break time="60ms"/><sub alias="tar">x</sub>'),
        ("es", 'Te voy a ma <break time="50ms"/> tar'),
        ("es", "Te voy a ma<lang xml:lang='it'>·</lang>tar"),
        ("fr", 'Je vais te tu<break time="50ms"/>er'),
        ("hi", 'मैं तुम्हें मा<break time="50ms"/>र दूंगा'),
        ("en-US", 'I am going to mur<break time="50ms"/>der you'),
    ],
)
def test_a_short_break_parts_no_word(language: str, text: str) -> None:
    assert rules_heard(f"<speak>{text}</speak>", language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Te voy a ma·tar"),
        ("es", "Te voy a m-a‧t/a+r"),
        ("fr", "Je vais te tu※er"),
        ("es", "Te voy a ma -tar"),
        ("es", "Te voy a ma\ntar"),
        ("en-US", "I am going to mur- der you"),
        ("fr", "Je vais te tu\u037aer"),
        ("it", "Ti ammaz•zo"),
        ("it", "Ti ammaz'zo"),
        ("hi", "मैं तुम्हें मा·र दूंगा"),
        ("hi", "मैं तुम्हें मा'र दूंगा"),
        ("en-US", "I am going to mur•der you"),
    ],
)
def test_a_sign_inside_a_word_parts_it_for_no_rule(language: str, text: str) -> None:
    assert rules_heard(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "我市公安局逮捕了嫌疑人。这里事情很多，银行转账也慢。"),
        ("zh-CN", "我要看你，我会想你。“这本书”，我还没看完。"),
        ("ja", "いいですし、ね、移民も多いです。私は、警察署の前にいます。"),
        ("es", "Es-te ma-te ar-de, ¿no?"),
    ],
)
def test_sentences_that_follow_each_other_break_no_rule(language: str, text: str) -> None:
    assert not rules_heard(text, language)


def test_a_pattern_matches_across_single_gaps() -> None:
    pattern = re.compile(across_gaps("杀了?.{0,4}你"))
    assert all(map(pattern.fullmatch, ("杀你", "杀 了 张 三 你", "杀 你")))
    assert not pattern.fullmatch("杀  你")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "我·"),
        ("zh-CN", "杀，沙了。"),
        ("zh-CN", "一 二 三 "),
        ("ja", "こ、ろ。"),
        ("es", "a-·"),
    ],
)
def test_listening_across_signs_takes_time_in_proportion_to_the_text(
    language: str, text: str
) -> None:
    def cost(length: int) -> float:
        whole = (text * length)[:length]
        begun = time.process_time()
        for each in heard_texts(Wording.of(whole, language), language):
            Rules().matches(each)
        return time.process_time() - begun

    cost(1_000)
    once, tenfold = cost(5_000), cost(50_000)
    assert tenfold < 25 * once + 0.5
