"""Chinese: digits in groups of three, as shops and banks there write them."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
