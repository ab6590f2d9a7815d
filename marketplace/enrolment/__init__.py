"""Learning voices: enrolments under consent, their preview clips, and releases of the engine."""
