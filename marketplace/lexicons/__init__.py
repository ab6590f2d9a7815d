"""An account's lexicons: how its words are said."""
