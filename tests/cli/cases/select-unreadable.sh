[ "$(id -u)" -ne 0 ] || exit 77
cp "$INPUTS/tools.jsonl" secret.jsonl
chmod 0 secret.jsonl
foreload select -c secret.jsonl x
