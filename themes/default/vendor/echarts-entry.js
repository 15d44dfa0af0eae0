// What covatlas uses of Apache ECharts. esbuild makes a classic script of it that sets `covatlas.echarts`.
import { use, init } from "echarts/core";
import { LineChart } from "echarts/charts";
import { DataZoomComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([LineChart, DataZoomComponent, GridComponent, MarkLineComponent, TooltipComponent, LabelLayout, CanvasRenderer]);

(globalThis.covatlas ??= {}).echarts = { init };
