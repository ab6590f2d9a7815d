"""How fast the books are at size: `manage.py bench_money` measures it."""
