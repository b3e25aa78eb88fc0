status foreload config check
mkdir -p "$HOME/.config/foreload"
echo '{"color": "never"}' >"$HOME/.config/foreload/config.json"
status foreload config check | without_paths
status foreload config check --json
