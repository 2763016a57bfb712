"""The Swap phase: a shard's chunks, its images together and then video by video, with the models loaded once."""

from __future__ import annotations

from typing import TypeVar

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import InputRefused, TaskError
from hybridface_worker.contract.inputs import Inputs, TargetItem
from hybridface_worker.contract.media import ImageInfo, VideoInfo
from hybridface_worker.contract.plan import IMAGES, Plan, Unit
from hybridface_worker.contract.probe import Finding, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import SwapShard, SwapTask
from hybridface_worker.faces.detector import Detector, load_detector
from hybridface_worker.inference.device import Lanes
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.pipeline.bounded import Bound, BoundedDetector
from hybridface_worker.pipeline.commit import Ledger
from hybridface_worker.pipeline.images.messages import Original
from hybridface_worker.pipeline.images.shard import work_images
from hybridface_worker.pipeline.schedule import Span, spans, worked_together
from hybridface_worker.pipeline.tools import Tools
from hybridface_worker.pipeline.video.shard import work_video

from .context import PhaseContext
from .models import load_painter
from .running import Running

Media = TypeVar("Media", VideoInfo, ImageInfo)


class SwapPhase:
    """Works one shard of a Swap attempt."""

    def __init__(self, context: PhaseContext) -> None:
        self._context = context
        area = context.area
        self._plan = area.read(Plan, layout.PLAN)
        self._inputs = area.read(Inputs, layout.INPUTS)
        if self._plan.inputs_sha256 != self._inputs.digest():
            raise TaskError(Reason.BAD_TASK, f"{area.uri(layout.PLAN)} was made from other inputs than {layout.INPUTS}")
        results = [area.read(ProbeResult, layout.probe_result(shard)) for shard in self._plan.probes]
        self._probed_sources = [source for result in results for source in result.sources]
        self._media = {(item.target, item.item): item.media for result in results for item in result.items}
        self._items = {(item.target, item.item): item for item in self._inputs.targets}
        self._units = self._plan.units_by_name()
        self._paths = {(output.target, output.item): output.path for output in self._plan.outputs}
        self._ledger = Ledger(
            area,
            attempt=context.attempt.attempt,
            shard=context.shard,
            worker=context.settings.name,
            max_tries=self._plan.max_tries_per_chunk,
        )

    def run(self) -> None:
        """Commits every chunk of the shard, done or failed, unless it is stopped before."""
        shard = self._shard()
        todo = [chunk for chunk in shard.chunks if not self._ledger.committed(chunk)]
        if not todo:
            return
        tried = {*shard.alone, *(chunk for chunk in todo if self._ledger.tried(chunk))}
        context = self._context
        pictures = sum(chunk.end - chunk.start for chunk in todo)
        tools = self._tools(Running.of(context.settings, context.stores, context.scratch, pictures))
        for group in worked_together(spans(todo, tried)):
            if context.stopping.is_set():
                break
            try:
                self._work(group, tools)
            except InputRefused as refused:
                self._fail(group, Finding.of(refused))
        context.progress.flush()

    def _shard(self) -> SwapShard:
        work = self._context.attempt.work
        if not isinstance(work, SwapTask):
            raise TaskError(Reason.BAD_TASK, f"this is a task of {work.phase}, not of swap")
        return work.shards[self._context.shard]

    def _tools(self, running: Running) -> Tools:
        """With the models loaded."""
        context, plan = self._context, self._plan
        detecting, swapping = running.device.detecting, running.device.swapping
        batch = Bound("swap", swapping.size, running.meter, context.progress.alive)
        painter, people = load_painter(context, plan, self._inputs, self._probed_sources, running, swapping, batch)
        return Tools(
            detector=self._load_detector(running, detecting),
            painter=painter,
            people=people,
            ledger=self._ledger,
            scratch=context.scratch,
            batch=batch,
            detecting=detecting,
            swapping=swapping,
            meter=running.meter,
            threads=context.settings.threads,
            progress=context.progress,
            stopping=context.stopping,
        )

    def _load_detector(self, running: Running, lanes: Lanes) -> Detector:
        model, least = self._plan.models.detector, self._plan.faces.min_score
        file = self._context.model_files.path(model)
        detector = load_detector(model, file, running.with_threads(lanes.threads), min_score=least)
        bound = Bound("detect", lanes.size, running.meter, self._context.progress.alive)
        return BoundedDetector(detector, bound)

    def _work(self, group: list[Span], tools: Tools) -> None:
        unit = self._units[group[0].target, group[0].unit]
        if unit.unit == IMAGES:
            work_images(group, self._original, self._context.read, self._plan.faces, tools)
            return
        item = self._item(unit, 0)
        info = self._media_of(item, VideoInfo)
        index = FrameIndex.from_npz(self._context.area.read_bytes(layout.frame_index(item.target, item.item)))
        with self._context.open(item) as file:
            work_video(self._plan, unit, group, file, info, index, tools)

    def _original(self, target: str, position: int) -> Original:
        unit = self._units[target, IMAGES]
        item = self._item(unit, position)
        format = unit.image.format if unit.image else None
        return Original(item, self._media_of(item, ImageInfo), self._paths[target, item.item], format)

    def _item(self, unit: Unit, position: int) -> TargetItem:
        return self._items[unit.target, unit.items[position]]

    def _media_of(self, item: TargetItem, kind: type[Media]) -> Media:
        media = self._media[item.target, item.item]
        if not isinstance(media, kind):
            raise TaskError(Reason.BAD_TASK, f"the plan takes {item.uri} for something that Probe did not find")
        return media

    def _fail(self, group: list[Span], finding: Finding) -> None:
        for span in group:
            for chunk in span.chunks:
                if not self._ledger.committed(chunk):
                    self._ledger.fail(chunk, finding)
