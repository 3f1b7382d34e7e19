#pragma once

#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "controller/autoscalers.h"
#include "controller/contests.h"
#include "controller/event_log.h"
#include "controller/findings.h"
#include "controller/members.h"
#include "controller/metrics.h"
#include "controller/parent_finder.h"
#include "controller/registry.h"
#include "controller/renderer.h"
#include "controller/resources.h"
#include "controller/sources.h"
#include "controller/status_store.h"
#include "kube/cluster.h"
#include "sync/hook_runner.h"

namespace reconciler::controller {

/// What an exception says, for status and log: without the text that a parser of JSON quotes, which could be a
/// Secret's.
Error defect_of(const std::exception& thrown);

/// All that a reconciliation works with. Everything outlives the Reconciler.
struct Workplace {
  const Clock& clock;
  kube::Cluster& cluster;
  Registry& registry;
  Sources& sources;
  Renderer& renderer;
  Members& members;
  Members& hooks;  ///< The objects of hooks, which are no members.
  Resources& resources;
  StatusStore& statuses;
  Metrics& metrics;
  EventLog& events;
  std::string repository;                            ///< The URL that environments without one of their own follow.
  std::string branch;                                ///< Where the environments' files are.
  Duration verify_interval = std::chrono::hours(1);  ///< Between two looks at the content of an environment.
};

/// Brings environments to what Git says. Level-based: looks at what is, not at what happened. Thread-safe for different
/// names; the caller sees to it that no name is reconciled twice at once.
class Reconciler {
 public:
  explicit Reconciler(Workplace workplace)
      : at_(std::move(workplace)), parents_(at_.cluster, at_.clock), born_(at_.clock.wall()) {}

  /// Brings one environment to what Git says, as far as it can, and publishes what it found. Ends early, with
  /// everything that was done staying done, when `stop` fires or `supersede` is called. Returns when to look again
  /// without being asked; nothing when only news can change anything.
  std::optional<Duration> reconcile(const std::string& name, const std::stop_token& stop);

  /// Until when news of the objects of an environment that fails can wait, for its tries not to delay others: the
  /// longer one takes, the later. In the past for one that does not fail.
  SteadyTime rests_until(const std::string& name) const;

  /// Ends the reconciliation of that name which is under way, if any: it works on what is no longer the head.
  void supersede(const std::string& name);

  /// A webhook said that the environment's branch has a new head: how long it takes to be live is measured.
  void note_push(const std::string& name, const std::string& commit);

  /// The next reconciliation applies all objects, whatever is known of them, and its sync carries the id that is
  /// returned: that of a request which waits already, if there is one. It is an order (`Resources::ask_resync`), so
  /// that it outlives this process.
  std::string request(const std::string& name);

  /// Somebody asked for a sync, and none has answered that yet.
  bool owes_resync(const std::string& name) const;

  /// Nothing is known of the environment any more: it is gone, or another replica's.
  void forget(const std::string& name);

 private:
  struct Round;
  /// Objects that live without belonging to anybody and are left alone.
  struct Strangers {
    std::string head;  ///< They are looked for anew with each commit.
    sync::LiveSet objects;
  };
  /// The next look at the content of all objects, and what the last one found.
  struct Verification {
    SteadyTime due{};
    std::set<ObjectKey> different;
  };
  /// What goes with an environment that left Git.
  struct Leaving {
    sync::DesiredSet nothing;  ///< What Git holds of it.
    sync::LiveSet live;
    sync::Plan plan;
  };
  using Next = std::optional<Duration>;

  /// When something is due although nothing happened.
  SteadyTime next_look(const Round& round);
  Next look(const std::string& name, const std::stop_token& stop);
  Next keep(const Environment& environment, const std::optional<Error>& bad, const std::stop_token& stop);
  /// `bring`, where a defect of ours is a failure, too: it ends this reconciliation, not the service.
  std::optional<Failure> attempt(Round& round);
  std::optional<Failure> bring(Round& round);
  /// What Git holds of the environment, into `set`; nothing is written.
  std::optional<Failure> read(Round& round, std::optional<sync::DesiredSet>& set);
  std::optional<Failure> converge(Round& round, sync::DesiredSet& set);
  std::optional<Failure> sync(Round& round, const sync::DesiredSet& set, sync::Plan& plan);
  /// Takes down what the trials of a plan have told, those included that were put off.
  void note_found(Round& round, const sync::Plan& plan, const sync::Admission& admission);
  /// Takes down what was written, and logs it.
  void note_done(Round& round, const std::vector<const sync::Step*>& done);
  /// Adds what lives unknown to the watches, as trials of this commit have found.
  void add_strangers(const Round& round, sync::LiveSet& live);
  /// What a sync that failed has left: which objects are as this revision says, and which were refused, and why.
  void take_stock(Round& round, const sync::DesiredSet& set, const sync::Policy& policy, const sync::Refusals& refused);
  std::optional<Failure> guard_prune(Round& round, const sync::DesiredSet& set, const sync::Plan& plan);
  /// Nothing is left to do: says what differs and stays so.
  std::optional<Failure> conclude(Round& round, const sync::DesiredSet& set, const sync::Plan& plan,
                                  const sync::LiveSet& live);
  /// What differed was put back: counts it, to notice a fight.
  void note_reverts(const Round& round, const std::vector<const sync::Step*>& done);
  Verification verification(const std::string& name);
  /// Compares the content of what is in sync once it is time. Returns whether that found something.
  Result<bool> verify(Round& round, const sync::DesiredSet& set, const sync::Plan& plan);
  /// Has the health of the set told: by the environment's rules, and with the pods of its workloads.
  void follow_health(const sync::DesiredSet& set, const Environment& environment);
  /// What lives now, with what no watch tells. Replicas that are others' to say are taken out of the set.
  sync::LiveSet observe(Round& round, sync::DesiredSet& set);
  /// Takes down how each object of the plan lives, which is of that commit, and where it comes from as far as that is
  /// known. What came with a commit that is not applied yet is not missed.
  void take_down(Round& round, const sync::Plan& plan, const sync::LiveSet& live, const std::string& commit) const;
  /// Finds out from Git at which commits the objects are that are not as the head says, where nothing was told of them.
  void trace(Round& round);
  void look_back(Round& round, const std::string& commit);
  /// Takes down how the set lives, and does nothing about it.
  std::optional<Failure> look_on(Round& round, sync::DesiredSet& set, const std::string& commit);
  /// A commit that cannot be compared with what lives: the health is told of what was applied before it.
  void tell_of_applied(Round& round, const Failure& failure);
  /// The set of the last revision that was wholly applied. Errors: those of reading and rendering it.
  Result<sync::DesiredSet> applied_set(const Resource& resource, const std::string& name);
  /// As it was at a commit; the rendering is kept under that name.
  Result<sync::DesiredSet> set_at(const std::string& commit, const Resource& resource, const std::string& name,
                                  const std::string& kept_as);
  /// Makes the ApplySet's parent name what is about to be written, and the prune that was confirmed.
  Status record_scope(const Round& round, const sync::DesiredSet& set);
  /// Tries the whole set.
  Result<sync::Admission> admit(Round& round, const sync::DesiredSet& set, sync::Plan& plan);
  /// Nothing can be done until something becomes healthy: says so, or gives up when that is in vain.
  std::optional<Failure> wait(Round& round, const sync::Plan& plan);
  Duration time_left(const Round& round) const;

  /// Records what has become of hooks that run, and has failed ones run again when a resync was asked for.
  std::optional<Failure> tend_hooks(Round& round, const sync::DesiredSet& set);
  /// Whether this revision has hooks to run, or has run them without having come to its end.
  bool owes_hooks(const Round& round, const sync::DesiredSet& set, const sync::Plan& plan) const;
  /// Each holds the plan while hooks run, and names them in `awaited`; a hook that failed is a failure.
  std::optional<Failure> run_pre_sync(Round& round, const sync::DesiredSet& set, sync::Plan& plan);
  std::optional<Failure> run_post_sync(Round& round, const sync::DesiredSet& set, const sync::LiveSet& live,
                                       sync::Plan& plan);
  std::optional<Failure> run_hooks(Round& round, sync::HookRunner& runner, sync::HookPhase phase,
                                   const sync::DesiredSet& set, sync::Plan& plan);
  void run_sync_fail(Round& round, const sync::DesiredSet& set);
  /// The PreDelete hooks of an environment that left Git, as its last applied revision has them. Returns those that
  /// run; none when all are done. Errors: what they failed of, and why they cannot be run.
  Result<std::vector<sync::Awaited>> run_pre_delete(const Resource& resource, const std::string& name,
                                                    const std::stop_token& stop);
  /// The objects of all hooks go, also of those that run while nobody waits for them.
  Status end_hooks(const Resource& resource, const std::string& name, const std::stop_token& stop);
  Status record(const EnvironmentStatus& status, const std::stop_token& stop);
  sync::HookRunner hook_runner(Round& round, const sync::DesiredSet& set);

  void begin_sync(Round& round);
  void finish_sync(Round& round);

  Next retire(const std::string& name, const std::stop_token& stop);
  /// Unprotected, what holds data goes, too.
  Result<Leaving> plan_to_leave(const Resource& resource, bool protect, const std::stop_token& stop);
  /// Deletes what is left of an environment that left Git. Returns what has still to go, and what holds it up.
  Result<std::vector<ObjectStatus>> delete_all(const Resource& resource, const std::string& name,
                                               const std::stop_token& stop);
  /// What objects of other environments stand on, and whose.
  std::map<ObjectKey, std::string> needed_by_others(const std::string& name, const sync::LiveSet& live) const;
  /// Whether an environment left Git, and its objects go with it.
  bool takes_its_objects(const Resource& resource) const;
  /// Of an environment that left Git. What its file said last counts on: nobody has said that it goes on.
  std::optional<Suspension> last_suspension(const Resource& resource) const;
  void tell_leaving(const Resource& resource, Failure failure, std::vector<ObjectStatus> living = {});
  void tell_unread(const Environment& environment, const std::optional<Error>& bad);

  Status follow(const sync::DesiredSet& set, const std::string& name, const std::stop_token& stop);
  sync::LiveSet snapshot(const sync::DesiredSet& set);
  /// The environment whose ApplySet that is; absent when there is none, neither in Git nor in the cluster.
  std::optional<std::string> owner_of(const std::string& part_of) const;
  /// People know environments, not ApplySets: says whose the objects are that are not ours to take.
  void name_owners(sync::Plan& plan, const sync::LiveSet& live, const std::string& name);

  /// By the annotation of its resource, or in its file; nothing when it is not suspended.
  std::optional<Suspension> suspension(const Environment& environment) const;
  /// What was asked for until now: what is asked for from now on is for a later round.
  std::string take_request(const std::string& name);
  /// Has the round do what was asked for.
  void answer_request(Round& round);
  EnvironmentStatus before(const std::string& name) const;
  std::chrono::nanoseconds since(SteadyTime time) const;
  /// Whether what was said of an environment, by the process before this one, is all that is known: Git was not asked
  /// yet, or is being read, and nothing else is new.
  bool still_holds(const EnvironmentStatus& past, const Findings& findings);
  void publish(const Findings& findings);
  Next next_try(const Findings& findings, bool tries_again);
  Next time_until(const std::optional<SteadyTime>& due) const;
  /// How long it took, when the commit of a push is live.
  void measure_push(const Findings& findings);

  const Workplace at_;
  Contests contests_;
  Autoscalers autoscalers_;
  ParentFinder parents_;  ///< Of other tools' ApplySets.
  const WallTime born_;   ///< What a process before this one waited for is given the whole time again.
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, std::stop_source> running_;
  std::map<std::string, std::string> requests_;  ///< Asked of this process, and not taken by a round.
  std::map<std::string, Strangers> strangers_;
  std::map<std::string, Verification> verifications_;
  struct Failures {
    std::string head;
    unsigned count = 0;
    SteadyTime rests_until{};
  };
  std::map<std::string, Failures> failures_;
  struct Push {
    std::string commit;
    SteadyTime came{};
  };
  std::map<std::string, Push> pushes_;
  std::map<std::string, std::set<std::string>> looked_back_;  ///< Commits in which `trace` has looked.
  /// What was last asked for by annotation, and the id of the sync that answers it, however often it is tried.
  std::map<std::string, std::pair<std::string, std::string>> answering_;
};

}  // namespace reconciler::controller
