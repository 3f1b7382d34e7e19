#include "http/connections.h"

#include "http/connection.h"

namespace reconciler::http {

bool Connections::admit(const std::shared_ptr<Connection>& connection) {
  std::shared_ptr<Connection> ousted;
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return false;
    if (members_.size() >= limits_.connections) {
      if (idle_.empty()) return false;
      ousted = members_.at(idle_.front()).connection.lock();
      members_.at(idle_.front()).idle = idle_.end();
      idle_.pop_front();
    }
    members_.emplace(connection.get(), Member{connection, idle_.insert(idle_.end(), connection.get())});
  }
  if (ousted) ousted->close();
  return true;
}

void Connections::waits(Connection& connection) {
  const std::lock_guard lock(mutex_);
  auto& member = members_.at(&connection);
  if (member.idle == idle_.end()) member.idle = idle_.insert(idle_.end(), &connection);
}

void Connections::works(Connection& connection) {
  const std::lock_guard lock(mutex_);
  auto& member = members_.at(&connection);
  if (member.idle != idle_.end()) idle_.erase(member.idle);
  member.idle = idle_.end();
}

void Connections::leave(Connection& connection) {
  const std::lock_guard lock(mutex_);
  const auto member = members_.find(&connection);
  if (member == members_.end()) return;
  if (member->second.idle != idle_.end()) idle_.erase(member->second.idle);
  members_.erase(member);
  left_.notify_all();
}

bool Connections::reserve(std::size_t bytes) {
  if (reserved_.fetch_add(bytes) + bytes <= limits_.bodies_bytes) return true;
  release(bytes);
  return false;
}

void Connections::release(std::size_t bytes) { reserved_ -= bytes; }

bool Connections::reserve_stream() {
  if (streams_.fetch_add(1) < limits_.streams) return true;
  release_stream();
  return false;
}

void Connections::release_stream() { --streams_; }

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
  for (const auto& connection : idle_members()) connection->close();
  {
    std::unique_lock lock(mutex_);
    left_.wait_for(lock, limits_.close_time, [this] { return members_.empty(); });
  }
  for (const auto& connection : all_members()) connection->close();
  std::unique_lock lock(mutex_);
  left_.wait(lock, [this] { return members_.empty(); });
}

// Both return owners, because the last owner of a connection must not let go of it under the lock that `leave` takes.

Connections::Members Connections::idle_members() {
  const std::lock_guard lock(mutex_);
  Members members;
  for (Connection* connection : idle_) members.push_back(members_.at(connection).connection.lock());
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
