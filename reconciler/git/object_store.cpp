#include "git/object_store.h"

namespace reconciler::git {

ObjectStore::Lease::~Lease() {
  if (handle_) store_->give_back(std::move(handle_), generation_);
}

bool ObjectStore::Lease::stale() const { return generation_ != store_->generation_; }

void ObjectStore::Lease::report_damage() const {
  if (!stale()) store_->damaged_ = true;
}

Result<ObjectStore::Lease> ObjectStore::lease() {
  std::uint64_t generation = 0;
  {
    const std::scoped_lock lock(mutex_);
    generation = generation_;
    if (!idle_.empty()) {
      RepositoryHandle handle = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(handle), generation);
    }
  }
  TRY(auto handle, acquire<RepositoryHandle>("open repository " + path_, [&](git_repository** out) {
        return git_repository_open(out, path_.c_str());
      }));
  return Lease(*this, std::move(handle), generation);
}

void ObjectStore::renew() {
  const std::scoped_lock lock(mutex_);
  ++generation_;
  damaged_ = false;
  idle_.clear();
}

void ObjectStore::give_back(RepositoryHandle handle, std::uint64_t generation) {
  const std::scoped_lock lock(mutex_);
  if (generation == generation_) idle_.push_back(std::move(handle));
}

}  // namespace reconciler::git
