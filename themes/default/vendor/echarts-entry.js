// What covatlas uses of Apache ECharts. esbuild makes a classic script of it that sets `covatlas.echarts`.
import { use, init } from "echarts/core";
import { BarChart, HeatmapChart, LineChart, ScatterChart, TreemapChart } from "echarts/charts";
import {
  AriaComponent, DataZoomComponent, DatasetComponent, GridComponent, LegendComponent,
  MarkLineComponent, MarkPointComponent, TooltipComponent, VisualMapComponent,
} from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart, HeatmapChart, LineChart, ScatterChart, TreemapChart,
  AriaComponent, DataZoomComponent, DatasetComponent, GridComponent, LegendComponent,
  MarkLineComponent, MarkPointComponent, TooltipComponent, VisualMapComponent,
  LabelLayout, CanvasRenderer,
]);

(globalThis.covatlas ??= {}).echarts = { init };
