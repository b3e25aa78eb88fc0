# Counts by the tables, as the models' own counters have them.
[ -f "$REAL_TABLES/o200k_base.bpe" ] || exit 77
printf 'Hello, wörld! 你好' >a.txt
foreload tokens --tables "$REAL_TABLES" a.txt
foreload tokens --tables "$REAL_TABLES" --encoding cl100k_base a.txt
foreload tokens --tables "$REAL_TABLES" --json a.txt | sed 's/"mb_per_s":[0-9.]*/"mb_per_s":N/g'
