/* mcp_tools.h: takes the tools out of the answer to tools/list, byte for byte. */
#ifndef FL_MCP_MCP_TOOLS_H
#define FL_MCP_MCP_TOOLS_H

#include "base/json.h"

#include <stdint.h>

/* Appends the elements of `result`.tools to `array`, which becomes "[tool,tool" without its closing
 * bracket, so that the next page can follow. `message` is the text of the whole message that
 * `result` was parsed from: from it the tools are copied as they were sent. -FL_EPROTO when tools
 * is no array of objects, or the result is not the whole one ("input_required"). -FL_ENOMEM. */
int fl_mcp_tools_append(struct fl_buf *array, struct fl_str message, const json_t *result,
                        uint32_t *ret_count, struct fl_err *err);

#endif
