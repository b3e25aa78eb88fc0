status foreload eval residency
status foreload eval residency -t missing.tsv -s "$INPUTS/sizes.tsv" -b 10%
status foreload eval residency -t "$INPUTS/uses.tsv" -s missing.tsv -b 10%
status foreload eval residency -t "$INPUTS/uses.tsv" -s "$INPUTS/sizes.tsv" -b 0%
status foreload eval residency -t "$INPUTS/uses.tsv" -s "$INPUTS/sizes.tsv" -b 101%
status foreload eval residency -t "$INPUTS/uses.tsv" -s "$INPUTS/sizes.tsv" -b lots
status foreload eval residency -t "$INPUTS/uses.tsv" -s "$INPUTS/sizes.tsv" -b 10% -p arc
printf 'user\ttime\titem\nu\tsoon\ta\nu\t5\tb\nu\t4\ta\n\nu\t6\nu\t7\tc\n' >rows.tsv
printf 'a\t10\t5\nb\t-1\t5\nb\t10\tlong\nb\t10\t1e1\nb\t10\t5\n' >sizes.tsv
status foreload --verbose eval residency -t rows.tsv -s sizes.tsv -b 100% --json
printf 'u\t1\tx\n' >rows.tsv
status foreload eval residency -t rows.tsv -s sizes.tsv -b 100%
