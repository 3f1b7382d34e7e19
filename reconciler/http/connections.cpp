#include "http/connections.h"

#include "http/connection.h"

namespace reconciler::http {

bool Connections::admit(const std::shared_ptr<Connection>& connection) {
  std::shared_ptr<Connection> ousted;
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return false;
    if (members_.size() >= limits_.connections) {
      const auto list = first_to_give_way();
      if (list == nullptr) return false;
      auto& member = members_.at(list->front());
      ousted = member.connection.lock();
      member.list = nullptr;
      list->pop_front();
    }
    members_.emplace(connection.get(), Member{connection, &idle_, idle_.insert(idle_.end(), connection.get())});
  }
  if (ousted) ousted->close();
  return true;
}

void Connections::waits(Connection& connection) {
  const std::lock_guard lock(mutex_);
  move(connection, idle_);
}

void Connections::works(Connection& connection) {
  const std::lock_guard lock(mutex_);
  move(connection, working_);
}

bool Connections::streams(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (streams_.size() >= limits_.streams) return false;
  move(connection, streams_);
  return true;
}

void Connections::leave(Connection& connection) {
  const std::lock_guard lock(mutex_);
  const auto member = members_.find(&connection);
  if (member == members_.end()) return;
  if (member->second.list != nullptr) member->second.list->erase(member->second.place);
  members_.erase(member);
  left_.notify_all();
}

bool Connections::reserve(std::size_t bytes) {
  if (reserved_.fetch_add(bytes) + bytes <= limits_.bodies_bytes) return true;
  release(bytes);
  return false;
}

void Connections::release(std::size_t bytes) { reserved_ -= bytes; }

void Connections::handle_with(Handler handler) {
  const std::unique_lock lock(handler_mutex_);
  handler_ = std::move(handler);
}

void Connections::handle(const web::http::http_request& request) {
  const std::shared_lock lock(handler_mutex_);
  if (handler_) handler_(request);
}

void Connections::close() {
  closing_ = true;
  for (const auto& connection : members_without_answer()) connection->close();
  {
    std::unique_lock lock(mutex_);
    left_.wait_for(lock, limits_.close_time, [this] { return members_.empty(); });
  }
  for (const auto& connection : all_members()) connection->close();
  std::unique_lock lock(mutex_);
  left_.wait(lock, [this] { return members_.empty(); });
}

void Connections::move(Connection& connection, List& to) {
  auto& member = members_.at(&connection);
  if (member.list == nullptr || member.list == &to) return;
  to.splice(to.end(), *member.list, member.place);
  member.list = &to;
}

/// Null when all have to go already.
Connections::List* Connections::first_to_give_way() {
  for (auto* list : {&idle_, &working_, &streams_}) {
    if (!list->empty()) return list;
  }
  return nullptr;
}

// Both return owners, because the last owner of a connection must not let go of it under the lock that `leave` takes.

Connections::Members Connections::members_without_answer() {
  const std::lock_guard lock(mutex_);
  Members members;
  for (const auto* list : {&idle_, &streams_}) {
    for (Connection* connection : *list) members.push_back(members_.at(connection).connection.lock());
  }
  std::erase(members, nullptr);
  return members;
}

Connections::Members Connections::all_members() {
  const std::lock_guard lock(mutex_);
  Members members;
  for (const auto& [connection, member] : members_) members.push_back(member.connection.lock());
  std::erase(members, nullptr);
  return members;
}

}  // namespace reconciler::http
