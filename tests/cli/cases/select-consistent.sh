# What is printed adds up, for every way of choosing.
needs python3
for way in '--strategy=conservative' '--strategy=balanced' '-s aggressive' '--budget=100' '-k5' \
    --no-dynamic-loading; do
    foreload select -c "$INPUTS/tools.jsonl" $way --json write the file and email it >answer
    python3 - "$way" <<'EOF'
import json, sys
a = json.load(open("answer"))
t = a["tokens"]
assert t["exposed"] == sum(c["tokens"] for c in a["choices"]), t
assert abs(t["reduction_percent"] - 100 * (1 - t["exposed"] / t["baseline"])) < 0.01, t
assert len({c["name"] for c in a["choices"]}) == len(a["choices"])
assert all(0 <= c["confidence"] <= 1 for c in a["choices"])
print(sys.argv[1], [k for k in ("strategy", "budget", "top") if k in a], bool(a["fallback"]),
      len(a["choices"]) == 12)
EOF
done
