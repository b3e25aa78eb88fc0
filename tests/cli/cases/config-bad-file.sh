cat >config.json <<'EOF'
{
  "default_loading_stratgy": "balanced",
  "loading_timeout_ms": "soon",
  "detection_timeout_ms": true,
  "detailed_logging_enabled": "on",
  "color": "sometimes",
  "home": "relative", "nonsense": {"color": "never"}
}
EOF
export FORELOAD_CONFIG=config.json
status foreload config check
status foreload config check --json
status foreload config show
status foreload tokens config.json
status foreload help config path | head -n 1
