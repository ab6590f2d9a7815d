"""Whether a person is speaking into the microphone: not a loudspeaker, not our own engine."""
