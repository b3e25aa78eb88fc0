foreload config path | without_paths
XDG_CONFIG_HOME=/xdg foreload config path
XDG_CONFIG_HOME=relative foreload config path | without_paths
FORELOAD_CONFIG=own.json foreload config path
FORELOAD_CONFIG=own.json foreload --config other.json config path
env -u HOME "$FORELOAD" config path
