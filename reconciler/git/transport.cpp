#include "git/transport.h"

#include <exception>

#include <git2/sys/transport.h>

namespace reconciler::git {
namespace {

struct Glue {
  Connector& connector;
  Call& call;
};

/// Runs `action` behind the library's C frames: neither an exception nor a failed call's further work gets through.
template <class Action>
int guarded(Call& call, Action action) {
  if (call.failure()) return -1;
  try {
    if (Status done = action(); done)
      return 0;
    else
      call.fail_with(std::move(done).error());
  } catch (const std::exception& e) {
    call.fail_with(call.error(ErrorKind::kInternal, e.what()));
  }
  return -1;
}

struct Subtransport;

struct Channel : git_smart_subtransport_stream {
  Subtransport& owner;
  std::unique_ptr<Stream> stream;
  Channel(Subtransport& subtransport, std::unique_ptr<Stream> opened);
};

struct Subtransport : git_smart_subtransport {
  Glue glue;
  std::uint64_t received = 0;
  Channel* current = nullptr;  // owned by the library until it calls free_channel
  explicit Subtransport(const Glue& parts);
};

int read_channel(git_smart_subtransport_stream* stream, char* buffer, std::size_t size, std::size_t* bytes_read) {
  auto& channel = *static_cast<Channel*>(stream);
  Call& call = channel.owner.glue.call;
  return guarded(call, [&]() -> Status {
    TRY(*bytes_read, channel.stream->read({buffer, size}));
    channel.owner.received += *bytes_read;
    return call.check_size(channel.owner.received);
  });
}

int write_channel(git_smart_subtransport_stream* stream, const char* buffer, std::size_t size) {
  auto& channel = *static_cast<Channel*>(stream);
  return guarded(channel.owner.glue.call, [&] { return channel.stream->write({buffer, size}); });
}

void free_channel(git_smart_subtransport_stream* stream) {
  auto* channel = static_cast<Channel*>(stream);
  if (channel->owner.current == channel) channel->owner.current = nullptr;
  delete channel;
}

int act(git_smart_subtransport_stream** out, git_smart_subtransport* transport, const char*,
        git_smart_service_t action) {
  auto& subtransport = *static_cast<Subtransport*>(transport);
  const Glue& glue = subtransport.glue;
  return guarded(glue.call, [&]() -> Status {
    if (!glue.connector.stateful() || subtransport.current == nullptr) {
      const auto service = action == GIT_SERVICE_UPLOADPACK_LS ? Service::kListRefs : Service::kUploadPack;
      TRY(auto stream, glue.connector.open(service));
      subtransport.current = new Channel(subtransport, std::move(stream));
    }
    *out = subtransport.current;
    return {};
  });
}

Channel::Channel(Subtransport& subtransport, std::unique_ptr<Stream> opened)
    : git_smart_subtransport_stream{&subtransport, read_channel, write_channel, free_channel},
      owner(subtransport),
      stream(std::move(opened)) {}

Subtransport::Subtransport(const Glue& parts)
    : git_smart_subtransport{act, [](git_smart_subtransport*) { return 0; },
                             [](git_smart_subtransport* self) { delete static_cast<Subtransport*>(self); }},
      glue(parts) {}

int make_subtransport(git_smart_subtransport** out, git_transport*, void* param) {
  *out = new Subtransport(*static_cast<Glue*>(param));
  return 0;
}

}  // namespace

int make_smart_transport(git_transport** out, git_remote* remote, Connector& connector, Call& call) {
  Glue glue{connector, call};
  // Only read during the call: the subtransport is made in it.
  git_smart_subtransport_definition definition{make_subtransport, connector.stateful() ? 0U : 1U, &glue};
  return git_transport_smart(out, remote, &definition);
}

}  // namespace reconciler::git
