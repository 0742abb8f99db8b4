"""The calls of every client, however it sends requests."""

from mockwave.client import (
    file_calls,
    log_calls,
    route_calls,
    server_calls,
    service_calls,
    state_calls,
    stream_calls,
    verification_calls,
)


class ManagementCalls:
    """Every call of the management API, one row each."""

    list_servers = server_calls.list_servers
    iterate_servers = server_calls.iterate_servers
    create_server = server_calls.create_server
    read_server = server_calls.read_server
    update_server = server_calls.update_server
    delete_server = server_calls.delete_server
    read_specification = server_calls.read_specification
    find_server = server_calls.find_server
    read_server_rules = server_calls.read_server_rules
    update_server_rules = server_calls.update_server_rules

    import_mocks = file_calls.import_mocks
    export_server = file_calls.export_server

    list_routes = route_calls.list_routes
    iterate_routes = route_calls.iterate_routes
    create_route = route_calls.create_route
    read_route = route_calls.read_route
    update_route = route_calls.update_route
    delete_route = route_calls.delete_route
    sample_request = route_calls.sample_request
    read_route_rules = route_calls.read_route_rules
    update_route_rules = route_calls.update_route_rules

    list_state = state_calls.list_state
    iterate_state = state_calls.iterate_state
    set_state = state_calls.set_state
    reset_state = state_calls.reset_state

    list_logs = log_calls.list_logs
    read_log_page = log_calls.read_log_page
    iterate_logs = log_calls.iterate_logs
    follow = log_calls.follow
    read_entry = log_calls.read_entry
    clear_log = log_calls.clear_log
    read_figures = log_calls.read_figures
    stream_log = stream_calls.stream_log
    stream_events = stream_calls.stream_events
    verify = verification_calls.verify
    read_explanation = verification_calls.read_explanation

    read_readiness = service_calls.read_readiness
    read_metrics = service_calls.read_metrics
    read_contract = service_calls.read_contract
