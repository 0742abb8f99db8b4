"""Path items to Operations: methods, responses, headers, servers, examples."""
