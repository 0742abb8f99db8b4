-- wrk's part of load.py: asks for the paths of a file in turn, and prints what was measured as one line of JSON.
-- Arguments: the base path, the file with one path a line, the file with the body, where an empty one is not sent, and
-- how many requests are sent at a time.

local requests = {}
local count = 0
local turn = 0
local depth = 1

function init(args)
  depth = tonumber(args[4])
  local body = io.open(args[3], "rb"):read("*a")
  for path in io.lines(args[2]) do
    count = count + 1
    if body == "" then
      requests[count] = wrk.format("GET", args[1] .. path)
    else
      requests[count] = wrk.format("POST", args[1] .. path, nil, body)
    end
  end
end

function request()
  if depth == 1 then
    turn = turn % count + 1
    return requests[turn]
  end
  local batch = {}
  for place = 1, depth do
    turn = turn % count + 1
    batch[place] = requests[turn]
  end
  return table.concat(batch)
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\nMEASURED {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"p999_us":%d,"socket_errors":%d,"timeouts":%d,"bad_statuses":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.connect + errors.read + errors.write, errors.timeout, errors.status))
end
