"""Saints as streets, churches and towns are named after them: "S. Maria", "S. Antonio", "S. Stefano"."""

from __future__ import annotations

_WOMEN = (
    "Maria Lucia Chiara Caterina Rita Teresa Croce Giulia Monica Barbara Cecilia Margherita Sofia Marta "
    "Giustina Bibiana Prassede Trinità Fosca Marinella Severa Marina Teresina Rosalia Domenica Sabina"
).split()
_BEFORE_VOWELS = (  # "Sant'" of either sex
    "Agata Agnese Agostino Alberto Alessandro Alessio Ambrogio Anastasia Andrea Angela Angelo Anna Antonino "
    "Antonio Apollinare Arcangelo Elena Elia Elisabetta Elpidio Eligio Erasmo Eufemia Eusebio Eustorgio "
    "Egidio Ermete Ignazio Ilario Ippolito Isidoro Onofrio Orsola Oronzo Omobono Ubaldo Urbano"
).split()
_IMPURE = "Stefano Spirito Stanislao Zaccaria Zeno".split()

SAINTS = (
    {f"S. {name}": f"Santa {name}" for name in _WOMEN}
    | {f"S. {name}": f"Sant'{name}" for name in _BEFORE_VOWELS}
    | {f"S. {name}": f"{'San' if name == 'Zeno' else 'Santo'} {name}" for name in _IMPURE}
)
