#!/bin/sh
# An MCP server of the legacy era on stdin and stdout: fake_server.sh PREFIX [fail]
[ "$2" = fail ] && { echo "no license key" >&2; exit 3; }
while IFS= read -r line; do
    id=$(printf '%s' "$line" | sed -n 's/.*"id": *\([0-9]*\).*/\1/p')
    [ -n "$id" ] || continue
    case $line in
    *'"initialize"'*)
        echo '{"jsonrpc":"2.0","id":'"$id"',"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"fake","version":"1"}}}' ;;
    *'"tools/list"'*)
        echo '{"jsonrpc":"2.0","id":'"$id"',"result":{"tools":[{"name":"'"$1"'_forecast","description":"Weather forecast of the '"$1"' for the coming days","inputSchema":{"type":"object"}},{"name":"'"$1"'_warning","description":"Current storm warnings","inputSchema":{"type":"object"}}]}}' ;;
    *)
        echo '{"jsonrpc":"2.0","id":'"$id"',"error":{"code":-32601,"message":"Method not found"}}' ;;
    esac
done
