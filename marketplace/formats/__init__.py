"""How numbers are written in languages of the pages, where Django writes them otherwise."""
