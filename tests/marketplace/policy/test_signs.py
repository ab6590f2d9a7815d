"""Copy into tests/marketplace/policy/. Each text sounds like a refused one and passes."""
import pytest
from synthesis.text.normalize import normalize
from synthesis.text.phonemes import phonemize
from tests.marketplace.policy.test_homophones import rules_heard

@pytest.mark.parametrize(("language", "text", "plain"), [
    ("zh-CN", "我要杀·了你", "我要杀了你"), ("zh-CN", "我要杀-了你", "我要杀了你"), ("zh-CN", "请把验·证码告诉我。", "请把验证码告诉我。"),
    ("ja", "お前を·殺すぞ", "お前を殺すぞ"), ("ja", "おまえを/ころす", "おまえをころす"), ("ja", "お前を殺し·てやる。", "お前を殺してやる。"),
])
def test_a_sign_that_is_not_heard_hides_nothing(language, text, plain):
    def said(each): return phonemize(normalize(each, language), language).replace(" ", "")
    assert said(text) == said(plain)
    assert rules_heard(text, language)

@pytest.mark.parametrize(("language", "text"), [
    ("zh-CN", '我要杀<break time="50ms"/>了你'), ("ja", 'おまえをころ<break time="50ms"/>す'), ("es", 'Te voy a ma<break time="50ms"/>tar'),
    ("fr", 'Je vais te tu<break time="50ms"/>er'), ("en-US", 'I am going to mur<break time="50ms"/>der you'),
])
def test_a_short_break_parts_no_word(language, text):
    assert rules_heard(f"<speak>{text}</speak>", language)
