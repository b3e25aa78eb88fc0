# Flag, then environment, then file, then default.
mkdir -p "$HOME/.config/foreload"
cat >"$HOME/.config/foreload/config.json" <<'EOF'
{
  // nearest wins
  "default_loading_strategy": "conservative",
  "loading_timeout_ms": "10s", /* ten */
  "detection_timeout_ms": 250,
  "tables": "~/tables",
}
EOF
unset FORELOAD_TABLES
foreload config show --origin | without_paths | squeezed
DEFAULT_LOADING_STRATEGY=balanced DETAILED_LOGGING_ENABLED=TRUE NO_COLOR=1 foreload config show --origin | without_paths | squeezed
DEFAULT_LOADING_STRATEGY=balanced NO_COLOR=1 foreload config show --origin --json --strategy aggressive \
    --no-verbose --color auto --home here | without_paths | squeezed
foreload config show --json | without_paths | squeezed
