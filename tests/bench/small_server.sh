#!/bin/sh
# An MCP server of one megabyte, for having many of them: revision 2025-11-25, one tool that nobody calls.
while IFS= read -r line; do
  id=${line#*\"id\":}
  id=${id%%,*}
  case $line in
    *'"method":"initialize"'*)
      result='{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"small","version":"1.0.0"}}' ;;
    *'"method":"tools/list"'*)
      result='{"tools":[{"name":"nothing","inputSchema":{"type":"object"}}]}' ;;
    *'"id":'*)
      result='{}' ;;
    *)
      continue ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
done
