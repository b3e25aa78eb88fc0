for user in 1 2 3 4 5 6 7 8 9 10; do
    printf '%s\t0\topen\n%s\t1\tedit\n%s\t2\tsave\n' $user $user $user
done >trace.tsv
foreload eval next --trace trace.tsv --json | sed -E 's/_(us|bytes)":(\{[^}]*\}|[0-9]+)/_\1":N/g; s/"(brier|ece)":[0-9.]+/"\1":N/g'
foreload eval next --trace trace.tsv --train-fraction 0.5 | sed -E 's/(Brier|error|p50|p99.9|memory:) [0-9.]+( [µnm]s)?/\1 N/g'
ls -A "$HOME"
