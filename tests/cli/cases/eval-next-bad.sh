status foreload eval next
status foreload eval next --trace missing.tsv
printf 'nothing here\n' >bad.tsv
status foreload eval next --trace bad.tsv
printf 'u\t1\ta\nu\tnoon\tb\nu\t2\tb\nu\t3\n' >some.tsv
status foreload eval next --trace some.tsv --json | sed -E 's/_(us|bytes)":(\{[^}]*\}|[0-9]+)/_\1":N/g'
status foreload eval next --trace some.tsv --train-fraction 1
status foreload eval next --trace some.tsv --train-fraction half
