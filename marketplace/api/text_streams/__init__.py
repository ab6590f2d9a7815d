"""Speech over a WebSocket: text comes in parts, audio goes back, as ElevenLabs' clients do it.

Every stretch of text is asked for from the site itself, as if its client had posted it: whatever is
checked, counted, charged and recorded there is so here, and nothing is checked twice.
"""
