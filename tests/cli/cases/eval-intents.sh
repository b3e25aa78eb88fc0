# The figures themselves are for those who have data; here every key is there, and the same seed
# gives the same answers whatever the threads.
run() {
    foreload eval intents --train "$INPUTS/intents-train.jsonl" --test "$INPUTS/intents-test.jsonl" "$@"
}
run --json >first
run --json --threads 1 >second
timeless() { sed 's/"train_seconds":[^,]*,//; s/"latency_us":.*//' "$1"; }
diff <(timeless first) <(timeless second) && echo "the same"
tr -d '{}' <first | tr ',' '\n' | sed 's|:[^:"]*$||'
grep -o '"accuracy_top1":[0-9.]*' first
run | head -n 1
echo '{"text": 5}' >bad.jsonl
foreload eval intents --train bad.jsonl --test bad.jsonl
echo "status $?"
foreload eval intents --train bad.jsonl
echo "status $?"
run --effort network --json | grep -oE '"(network":(null|[0-9.]*)|by_network":[a-z]*)'
run --effort network | grep '^validation'
