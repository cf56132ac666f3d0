-- What does each request of the load ask? A member by chance for each, so that no answer can be given twice.
-- Arguments: the folder of `tokens`, `offers` (a line a member), `home` and `redeem` (bodies); the percentage of
-- redemptions; a word that begins each of their keys.
local homes, tokens, offers, redeem = {}, {}, {}, nil
local percent, word, number = 0, "", 0
local headers = function(token)
  return { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token }
end

local function all(path)
  local file = assert(io.open(path, "r"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(args)
  math.randomseed(os.time())
  local home = all(args[1] .. "/home")
  percent, word = tonumber(args[2]), args[3]
  for token in all(args[1] .. "/tokens"):gmatch("[^\n]+") do
    tokens[#tokens + 1] = token
    homes[#homes + 1] = wrk.format("POST", "/graphql", headers(token), home)
  end
  if percent > 0 then
    redeem = all(args[1] .. "/redeem")
    for offer in all(args[1] .. "/offers"):gmatch("[^\n]+") do
      offers[#offers + 1] = offer
    end
  end
end

function request()
  local member = math.random(#homes)
  if percent == 0 or math.random(100) > percent then
    return homes[member]
  end
  number = number + 1
  local body = redeem:gsub("@KEY@", word .. "-" .. number):gsub("@OFFER@", offers[member])
  return wrk.format("POST", "/graphql", headers(tokens[member]), body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "bytes": %d, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
