cat >config.json <<'EOF'
{"mcpServers": {"slow": {"command": "sleep", "args": ["60"]}}}
EOF
on_stderr without_numbers status foreload catalog import --timeout 200ms config.json
