"""The engine's only door to Celery and Django: fetch, call the engine, hand the result to a service.

A task's name stays `synthesis.tasks.<function>` whichever module it is in: messages outlive code.
"""

from synthesis.tasks.learning import enrol_voice, make_previews
from synthesis.tasks.listening import judge_recording, verify_consent
from synthesis.tasks.live import learn_anew, notice_release
from synthesis.tasks.speaking import speak, speak_item
from synthesis.tasks.upkeep import delete_object, forget_audio, resume_stalled_work

__all__ = [
    "delete_object",
    "enrol_voice",
    "forget_audio",
    "judge_recording",
    "learn_anew",
    "make_previews",
    "notice_release",
    "resume_stalled_work",
    "speak",
    "speak_item",
    "verify_consent",
]
